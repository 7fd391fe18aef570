// The page of one device, read again when something happened to it.

import { LiveEvents, showState } from "./live.js";
import { Parts } from "./parts.js";

const id = Number(document.getElementById("device").dataset.device);
const parts = new Parts(["device"]);
const concerns = ({ data }) => [data.device_id, data.a?.device_id, data.b?.device_id].includes(id);

new LiveEvents({
  topics: ["device.*", "interface.*", "link.*"],
  onState: showState,
  onGap: () => parts.refreshSoon(),
  onEvent: (event) => concerns(event) && parts.refreshSoon(event.position),
});
