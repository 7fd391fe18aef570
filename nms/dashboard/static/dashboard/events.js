// The list of what happened: each event as a sentence, newest first.

const LONGEST = 100;
const name = (end) => `${end.device_name} ${end.interface_name}`.trim();
const plural = (count, noun) => `${count} ${noun}${count === 1 ? "" : "s"}`;

const SENTENCES = {
  "device.discovered": (data) => [`${data.device_name} discovered`, [data.vendor, data.model || data.os].filter(Boolean).join(" "), "up"],
  "device.changed": (data) => [`${data.device_name} changed`, data.changes.map((change) => change.field).join(", "), ""],
  "device.status_changed": (data) =>
    data.new === "unreachable"
      ? [`${data.device_name} is unreachable`, data.reason, "down"]
      : [`${data.device_name} answers again`, "", "up"],
  "device.deleted": (data) => [`${data.device_name} deleted`, "", ""],
  "interface.renamed": (data) => [`${data.device_name} ${data.old_name} is called ${data.interface_name} now`, "", ""],
  "interface.disappeared": (data) => [
    `${data.device_name} lost ${plural(data.interfaces.length, "interface")}`,
    data.interfaces.map((one) => one.interface_name).join(", "),
    "",
  ],
  "interface.status_changed": (data) => {
    const state = data.new_admin_status === "down" ? "disabled" : data.new_oper_status;
    return [`${data.device_name} ${data.interface_name} is ${state}`, "", state === "up" ? "up" : "down"];
  },
  "link.discovered": (data) => [`Link ${name(data.a)} – ${name(data.b)} found`, "", "up"],
  "link.changed": (data) =>
    data.status === data.old_status
      ? [`Link ${name(data.a)} – ${name(data.b)} changed`, "", ""]
      : [`Link ${name(data.a)} – ${name(data.b)} is ${data.status}`, "", data.status === "up" ? "up" : "down"],
  "link.removed": (data) => [`Link ${name(data.a)} – ${name(data.b)} deleted`, "", ""],
  "link.lost": (data) => [`Link ${name(data.a)} – ${name(data.b)} lost`, data.reason, "down"],
  "discovery.started": (data) => [`Discovery of ${data.targets.join(", ")} started`, data.requested_by ? `by ${data.requested_by}` : "", ""],
  "discovery.finished": (data) => [
    `Discovery ${data.state}`,
    data.error || `${data.devices_new} new, ${data.devices_changed} changed, ${data.devices_unchanged} unchanged, ${plural(data.problems, "problem")}`,
    data.state === "failed" ? "down" : "",
  ],
};

export class EventList {
  constructor(list, placeholder) {
    Object.assign(this, { list, placeholder });
  }

  add(event) {
    const sentence = SENTENCES[event.type] ?? (() => [event.type, event.subject, ""]);
    const [text, detail, state] = sentence(event.data);
    const time = new Date(event.time);
    const row = element("li", Date.now() - time < 15000 ? "fresh" : "", [
      element("i", `dot ${state}`),
      element("span", "text", [detail ? `${text}: ${detail}` : text]),
      element("time", "", [time.toLocaleTimeString(undefined, { hourCycle: "h23" })]),
    ]);
    row.querySelector("time").dateTime = event.time;
    row.querySelector("time").title = `${time.toLocaleString()}, position ${event.position}`;
    this.list.prepend(row);
    if (this.list.children.length > LONGEST) this.list.lastElementChild.remove();
    this.placeholder.hidden = true;
  }
}

function element(tag, className, children = []) {
  const made = document.createElement(tag);
  if (className) made.className = className;
  made.append(...children);
  return made;
}
