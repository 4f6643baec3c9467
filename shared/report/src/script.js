// The page is whole without this: it adds a choice of theme, sorting, and a reading of single hours.
"use strict";
(() => {
  const root = document.documentElement;
  const KEY = "estrella-theme";
  // A file opened from disk may have no storage.
  const stored = () => { try { return localStorage.getItem(KEY); } catch { return null; } };
  const store = (theme) => { try { localStorage.setItem(KEY, theme); } catch { /* not remembered */ } };
  const before = stored();
  if (before === "dark" || before === "light") root.dataset.theme = before;

  function themes() {
    const button = document.querySelector(".theme");
    const system = matchMedia("(prefers-color-scheme: dark)");
    const now = () => root.dataset.theme || (system.matches ? "dark" : "light");
    const other = () => (now() === "dark" ? "light" : "dark");
    const name = () => { button.textContent = other() === "dark" ? "Dark theme" : "Light theme"; };
    button.addEventListener("click", () => { root.dataset.theme = other(); store(now()); name(); });
    system.addEventListener("change", name);
    button.hidden = false;
    name();
  }

  function sorting() {
    for (const th of document.querySelectorAll("th[data-sort]")) {
      const button = document.createElement("button");
      button.type = "button";
      button.append(...th.childNodes);
      th.append(button);
      button.addEventListener("click", () => sort(th));
    }
  }

  function sort(th) {
    const body = th.closest("table").tBodies[0];
    const figures = th.dataset.sort === "figure";
    const down = th.ariaSort ? th.ariaSort === "ascending" : figures;
    for (const other of th.parentNode.cells) other.removeAttribute("aria-sort");
    th.ariaSort = down ? "descending" : "ascending";
    const key = (row) => {
      const cell = row.cells[th.cellIndex];
      if (!figures) return cell.textContent.trim();
      return Number(cell.dataset.value ?? (cell.textContent.replaceAll(",", "") || NaN));
    };
    const compare = (a, b) => {
      if (!figures) return a.localeCompare(b, "en", { numeric: true });
      return Number.isNaN(a) || Number.isNaN(b) ? Number.isNaN(a) - Number.isNaN(b) : a - b;
    };
    const rows = Array.from(body.rows, (row) => [key(row), row]);
    // What is not known stays at the end in both directions.
    const unknown = ([k]) => Number.isNaN(k);
    rows.sort((a, b) => (down && !unknown(a) && !unknown(b) ? compare(b[0], a[0]) : compare(a[0], b[0])));
    body.append(...rows.map(([, row]) => row));
  }

  function hours() {
    const slider = document.getElementById("hour");
    if (!slider) return;
    const says = document.getElementById("hour-says");
    const known = new Map(JSON.parse(document.getElementById("data").textContent).volume.hours.map((h) => [h.hour, h]));
    const figure = (n) => Math.round(n).toLocaleString("en-US");
    const time = (hour) => new Date(hour * 3600e3).toISOString().slice(0, 16).replace("T", " ");
    const words = (hour) => {
      const found = known.get(hour);
      if (!found) return `${time(hour)} UTC: not known`;
      const band = found.lower == null || found.upper == null
        ? "no reference yet" : `expected ${figure(found.lower)} to ${figure(found.upper)}`;
      return `${time(hour)} UTC: ${figure(found.rows)} events, ${band}${found.anomalous ? ", unusual" : ""}`;
    };
    const frames = Array.from(document.querySelectorAll(".hit"), (hit) => {
      const line = document.createElementNS("http://www.w3.org/2000/svg", "line");
      line.classList.add("cursor");
      line.setAttribute("y2", "100%");
      hit.before(line);
      return { hit, line, from: Number(hit.dataset.from), width: Number(hit.dataset.hours) };
    });
    const show = (hour) => {
      slider.value = hour;
      says.textContent = words(hour);
      slider.setAttribute("aria-valuetext", says.textContent);
      for (const { line, from, width } of frames) {
        const x = `${((hour - from + 0.5) / width) * 100}%`;
        const inside = hour >= from && hour < from + width;
        line.style.display = inside ? "" : "none";
        if (inside) { line.setAttribute("x1", x); line.setAttribute("x2", x); }
      }
    };
    for (const { hit, from, width } of frames) {
      hit.addEventListener("pointermove", (event) => {
        const box = hit.getBoundingClientRect();
        const hour = from + Math.floor(((event.clientX - box.left) / box.width) * width);
        show(Math.min(Math.max(hour, Number(slider.min)), Number(slider.max)));
      });
    }
    slider.addEventListener("input", () => show(Number(slider.value)));
    slider.closest(".inspector").hidden = false;
    show(Number(slider.value));
  }

  // A link to an incident opens what it is folded into.
  function unfold() {
    const target = location.hash.length > 1 && document.getElementById(decodeURIComponent(location.hash.slice(1)));
    const folded = target && target.closest("details:not([open])");
    if (folded) { folded.open = true; target.scrollIntoView(); }
  }

  document.addEventListener("DOMContentLoaded", () => {
    themes();
    sorting();
    hours();
    unfold();
    addEventListener("hashchange", unfold);
  });
})();
