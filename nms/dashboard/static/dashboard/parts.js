// Fetch the page again and exchange parts of it: the server alone knows how things are shown.
// The page says (data-position of #live) up to which event it knows what happened, so that nothing is fetched twice.

const QUIET_MS = 300; // wait for a burst of events to end,
const LONGEST_MS = 1500; // but not longer than this

export class Parts {
  // `ids` are exchanged whole; before(id) may return what after(id, kept) needs to restore.
  constructor(ids, { before = () => null, after = () => {} } = {}) {
    Object.assign(this, { ids, before, after });
    this.since = null;
    this.position = positionOf(document);
  }

  // Ask for a refresh soon, unless the page has the event of this position in it; many calls make one.
  refreshSoon(position = Infinity) {
    if (position <= this.position) return;
    this.since ??= Date.now();
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.refresh(), Math.max(0, Math.min(QUIET_MS, this.since + LONGEST_MS - Date.now())));
  }

  async refresh() {
    this.since = null;
    let answer;
    try {
      answer = await fetch(location.href, { headers: { Accept: "text/html" }, cache: "no-store" });
    } catch {
      return; // the server is away; the live connection says so, and its return refreshes
    }
    if (answer.redirected) return location.reload(); // signed out
    if (!answer.ok) return;
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    this.position = positionOf(page);
    for (const id of this.ids) this.exchange(id, page.getElementById(id));
  }

  exchange(id, fresh) {
    const old = document.getElementById(id);
    if (!fresh || old.innerHTML === fresh.innerHTML) return;
    const focused = old.contains(document.activeElement) ? document.activeElement.getAttribute("href") : null;
    const scrolled = old.querySelector(".scroll")?.scrollLeft ?? 0;
    const kept = this.before(id);
    old.replaceChildren(...fresh.childNodes);
    this.after(id, kept);
    if (scrolled) old.querySelector(".scroll")?.scrollTo({ left: scrolled });
    if (focused) [...old.querySelectorAll("a")].find((link) => link.getAttribute("href") === focused)?.focus({ preventScroll: true });
  }
}

function positionOf(page) {
  return Number(page.getElementById("live").dataset.position);
}
