// The network page: the map, the device table, the events, kept current by the live connection.

import { Discovery } from "./discover.js";
import { EventList } from "./events.js";
import { LiveEvents, showState } from "./live.js";
import { MapView } from "./map.js";
import { Parts } from "./parts.js";
import { DeviceTable } from "./table.js";

// No news of their own: a count that grows, and the details of a device that was told of just before.
const QUIET = new Set(["discovery.progress", "interface.appeared"]);

const byId = (id) => document.getElementById(id);
const map = new MapView(byId("map"), document.querySelector(".zoom"));
const table = new DeviceTable(byId("devices"), byId("filter"));
const events = new EventList(byId("events"), byId("no-events"));
const discovery = byId("discover") && new Discovery(byId("discover"));

const parts = new Parts(["overview", "map", "devices"], {
  before: (id) => (id === "map" ? map.view() : null),
  after: (id, view) => (id === "map" ? map.attach(view) : id === "devices" && table.attach()),
});

new LiveEvents({
  topics: ["device.*", "interface.*", "link.*", "discovery.*"],
  onState: showState,
  onGap: () => parts.refreshSoon(),
  onEvent: (event) => {
    if (event.type.startsWith("discovery.")) discovery?.follow(event);
    if (QUIET.has(event.type)) return;
    events.add(event);
    if (event.type !== "discovery.started") parts.refreshSoon(event.position);
  },
});
