// Brings the overview up to date: each element that comes replaces the one of its id, sensors in their order.
import { age } from "./page.js";

const SILENCE_MS = 12_000; // the server says something every five seconds
const page = document.getElementById("panorama");
const tiles = document.getElementById("mosaico");
const pill = document.getElementById("vivo");
const lost = document.getElementById("perdida");
const voice = document.getElementById("voz");
let heard = Date.now();

/** Return what tiles are sorted by: urgency, then site and name. */
const place = (tile) => `${tile.className} ${tile.querySelector("i").textContent} ${tile.querySelector("a").textContent}`;

function insert(tile) {
  const key = place(tile);
  for (const other of tiles.children) {
    if (place(other) > key) return tiles.insertBefore(tile, other);
  }
  return tiles.appendChild(tile);
}

function replace(element) {
  const old = document.getElementById(element.id);
  const focused = old?.contains(document.activeElement) ? document.activeElement : null;
  const way = focused?.id ? `#${focused.id}` : focused?.localName;
  if (element.localName !== "li") {
    for (const folded of element.querySelectorAll("details")) {
      folded.open = document.getElementById(folded.id)?.open ?? false;
    }
    old.replaceWith(element);
  } else if (old && place(old) === place(element)) {
    old.replaceWith(element);
  } else {
    old?.remove();
    insert(element);
  }
  // Whoever moves by keyboard stays where they were.
  if (way) element.querySelector(way)?.focus({ preventScroll: true });
}

function say(text) {
  if (text && text !== voice.textContent) voice.textContent = text;
}

function alive() {
  heard = Date.now();
  if (!lost.hidden || pill.textContent !== pill.dataset.live) show(true);
}

function show(isLive) {
  lost.hidden = isLive;
  pill.textContent = isLive ? pill.dataset.live : "";
  pill.classList.toggle("on", isLive);
}

const query = new URLSearchParams({ desde: page.dataset.seen, lang: page.dataset.lang });
if (page.dataset.site) query.set("sitio", page.dataset.site);
const source = new EventSource(`/eventos?${query}`);
source.addEventListener("latido", alive);
source.addEventListener("cambio", (event) => {
  alive();
  const template = document.createElement("template");
  template.innerHTML = event.data; // from our own server, where everything is escaped
  for (const element of [...template.content.children]) replace(element);
  say(document.getElementById("atencion").dataset.say);
  age();
});
source.addEventListener("error", () => {
  show(false);
  // A server that refused for good (too many pages) ends the attempts; we go on.
  if (source.readyState === EventSource.CLOSED) setTimeout(() => location.reload(), 30_000);
});
setInterval(() => Date.now() - heard > SILENCE_MS && show(false), 1000);
