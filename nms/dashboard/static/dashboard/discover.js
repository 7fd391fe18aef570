// Start a discovery over REST and show how far it is.

export class Discovery {
  constructor(form) {
    this.form = form;
    this.status = form.querySelector("#run");
    this.progress = form.querySelector("#run-progress");
    this.run = null;
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.start();
    });
  }

  async start() {
    const fields = new FormData(this.form);
    const body = {
      targets: fields.get("targets").split(/[\s,;]+/).filter(Boolean),
      crawl_depth: Number(fields.get("crawl_depth")),
      port: Number(fields.get("port")),
    };
    const button = this.form.querySelector("button");
    button.disabled = true;
    try {
      const answer = await fetch(this.form.action, {
        method: "POST",
        headers: { "Content-Type": "application/json", "X-CSRFToken": fields.get("csrfmiddlewaretoken") },
        body: JSON.stringify(body),
      });
      const result = await answer.json();
      if (!answer.ok) return this.say(wrong(result), { failed: true });
      this.run = result.id;
      this.say("Waiting for a worker…", { part: null });
    } catch {
      this.say("The server cannot be reached. Try again when it is back.", { failed: true });
    } finally {
      button.disabled = false;
    }
  }

  // Follow the events of the run that this form started.
  follow(event) {
    if (this.run === null || event.data.run_id !== this.run) return;
    const data = event.data;
    if (event.type === "discovery.started") this.say(`Looking at ${data.addresses_total} addresses…`, { part: null });
    else if (event.type === "discovery.progress") {
      const part = data.addresses_total ? data.addresses_done / data.addresses_total : null;
      this.say(`${data.addresses_done} of ${data.addresses_total} addresses, ${data.profiled} devices read`, { part });
    } else if (event.type === "discovery.finished") {
      const failed = data.state === "failed";
      const found = `${data.devices_new} new, ${data.devices_changed} changed, ${data.devices_unchanged} unchanged`;
      this.say(failed ? data.error : `Discovery ${data.state}: ${found}.`, { failed });
      this.run = null;
    }
  }

  // `part` from 0 to 1 shows how far it is, null that nobody knows; without it no bar is shown.
  say(text, { failed = false, part } = {}) {
    this.status.hidden = false;
    this.status.textContent = text;
    this.status.classList.toggle("failed", failed);
    this.progress.hidden = part === undefined;
    if (part === null) this.progress.removeAttribute("value");
    else if (part !== undefined) this.progress.value = part;
  }
}

// The API's error (see common/api/errors.py) as one line: what it says of each field, or else its message.
function wrong({ message, details = [] }) {
  const lines = details.map((detail) => detail.message).filter(Boolean);
  return lines.join(" ") || message || "The server refused the request.";
}
