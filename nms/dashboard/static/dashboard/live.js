// The live connection: one WebSocket to ws/events/ that comes back by itself and takes up where it broke off.

const BACKLOG = 60; // how many past events a fresh page asks for
const PING_SECONDS = 25;
const LONGEST_WAIT_SECONDS = 20;
const NOT_SIGNED_IN = 4401; // close codes, see common/consumers.py
const FORBIDDEN = 4403;

export class LiveEvents {
  // onEvent(event) for each event in order; onGap() when some were missed for good; onState("live" | "connecting" | "offline").
  constructor({ topics, onEvent, onGap, onState }) {
    Object.assign(this, { topics, onEvent, onGap, onState });
    this.position = null;
    this.failures = 0;
    this.connect();
    window.addEventListener("online", () => this.socket.readyState > WebSocket.OPEN && this.connect());
  }

  connect() {
    clearTimeout(this.retry);
    this.onState(this.failures > 1 ? "offline" : "connecting");
    const scheme = location.protocol === "https:" ? "wss:" : "ws:";
    this.socket = new WebSocket(`${scheme}//${location.host}/ws/events/`);
    this.socket.onmessage = (message) => this.receive(JSON.parse(message.data));
    this.socket.onclose = (close) => this.closed(close);
  }

  receive(message) {
    if (message.type === "welcome") {
      if (this.position > message.position) {
        this.position = message.position; // another event store than before: nothing to resume
        this.onGap();
      }
      this.position ??= Math.max(0, message.position - BACKLOG);
      this.send({ action: "subscribe", topics: this.topics, after: this.position });
    } else if (message.type === "subscribed") {
      this.failures = 0;
      this.onState("live");
      this.ping = setInterval(() => this.send({ action: "ping" }), PING_SECONDS * 1000);
    } else if (message.type === "event" && message.event.position > this.position) {
      this.position = message.event.position;
      this.onEvent(message.event);
    } else if (message.type === "gap") {
      this.onGap();
    } else if (message.type === "error") {
      console.error("ws/events/:", message.error);
    }
  }

  send(message) {
    if (this.socket.readyState === WebSocket.OPEN) this.socket.send(JSON.stringify(message));
  }

  closed(close) {
    clearInterval(this.ping);
    if (close.code === NOT_SIGNED_IN) return location.reload();
    if (close.code === FORBIDDEN) return this.onState("offline");
    this.failures += 1;
    this.onState(this.failures > 1 ? "offline" : "connecting");
    const seconds = Math.min(LONGEST_WAIT_SECONDS, 0.5 * 2 ** this.failures) * (0.5 + Math.random() / 2);
    this.retry = setTimeout(() => this.connect(), seconds * 1000);
  }
}

// Show the connection's state in the page's header.
export function showState(state) {
  const shown = document.getElementById("live");
  shown.dataset.state = state;
  shown.querySelector("span").textContent = { live: "live", connecting: "connecting", offline: "not connected, trying again" }[state];
}
