// Sort the device table by a click on a heading and filter it by typing.

const collator = new Intl.Collator(undefined, { numeric: true, sensitivity: "base" });

export class DeviceTable {
  constructor(container, filter) {
    Object.assign(this, { container, filter, column: 0, ascending: true });
    filter.hidden = false;
    filter.addEventListener("input", () => this.narrow());
    container.addEventListener("click", (event) => {
      const heading = event.target.closest("thead button")?.parentElement;
      if (heading) this.sortBy(heading.cellIndex);
    });
    this.attach();
  }

  // Take over the table now in the container.
  attach() {
    for (const heading of this.container.querySelectorAll("thead th")) {
      const button = document.createElement("button");
      button.type = "button";
      button.append(...heading.childNodes);
      heading.append(button);
    }
    this.sort();
    this.narrow();
  }

  sortBy(column) {
    this.ascending = column === this.column ? !this.ascending : true;
    this.column = column;
    this.sort();
  }

  sort() {
    const body = this.container.querySelector("tbody");
    if (!body) return;
    const text = (row) => row.cells[this.column].textContent.trim();
    const rows = [...body.rows].sort((a, b) => collator.compare(text(a), text(b)));
    body.append(...(this.ascending ? rows : rows.reverse()));
    this.container.querySelectorAll("thead th").forEach((heading, index) => {
      if (index === this.column) heading.ariaSort = this.ascending ? "ascending" : "descending";
      else heading.removeAttribute("aria-sort");
    });
  }

  narrow() {
    const words = this.filter.value.toLowerCase().split(/\s+/).filter(Boolean);
    for (const row of this.container.querySelectorAll("tbody tr")) {
      const text = row.textContent.toLowerCase();
      row.hidden = !words.every((word) => text.includes(word));
    }
  }
}
