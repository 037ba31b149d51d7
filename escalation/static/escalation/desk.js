// Keeps a part of the page up to date, quietly.
//
// An element with data-live="ADDRESS" is asked for again every few seconds and replaced
// only when the answer differs (its ETag says so). The keyboard's focus stays on the link
// it was on, new names are announced to screen readers, and nothing that somebody may be
// writing in is ever replaced. Without this file the console works, one reload at a time.
"use strict";

const EVERY_MS = 3000;
const AFTER_TROUBLE_MS = 15000;

function namesOf(region) {
  return new Map(
    Array.from(region.querySelectorAll("[data-case]"), (link) => [
      link.dataset.case,
      link.querySelector(".name").textContent,
    ]),
  );
}

function replace(region, html) {
  const focused = region.contains(document.activeElement)
    ? document.activeElement.getAttribute("href")
    : null;
  const before = namesOf(region);
  region.innerHTML = html;
  if (focused) {
    const same = region.querySelector(`[href="${CSS.escape(focused)}"]`);
    (same || document.getElementById("main")).focus({ preventScroll: true });
  }
  announce(region, before);
}

function announce(region, before) {
  if (!region.dataset.announce) return;
  const after = namesOf(region);
  const fresh = [...after].filter(([number]) => !before.has(number)).map(([, name]) => name);
  if (fresh.length) {
    const place = document.getElementById(region.dataset.announce);
    place.textContent = `${region.dataset.announcement} ${fresh.join(", ")}`;
  }
  showCount(region);
}

function showCount(region) {
  const count = region.querySelectorAll("[data-waits]").length;
  document.title = (count ? `(${count}) ` : "") + region.dataset.title;
}

function keepUpToDate(region) {
  let etag = "";

  async function ask() {
    const headers = etag ? { "If-None-Match": etag } : {};
    const answer = await fetch(region.dataset.live, { headers, cache: "no-store" });
    if (answer.status === 403) {
      // The session has ended: the server's own page says so better than we could.
      window.location.reload();
      return EVERY_MS;
    }
    if (answer.status === 200) {
      const html = await answer.text();
      if (etag || html.trim() !== region.innerHTML.trim()) replace(region, html);
      etag = answer.headers.get("ETag") || "";
    }
    return answer.ok || answer.status === 304 ? EVERY_MS : AFTER_TROUBLE_MS;
  }

  async function loop() {
    let pause = EVERY_MS;
    if (!document.hidden) {
      try {
        pause = await ask();
      } catch {
        pause = AFTER_TROUBLE_MS;
      }
    }
    window.setTimeout(loop, pause);
  }

  document.addEventListener("visibilitychange", () => {
    if (!document.hidden) ask().catch(() => {});
  });
  if (region.dataset.announce) showCount(region);
  window.setTimeout(loop, EVERY_MS);
}

// The lease is renewed while the page lives. The server says when it has been long enough;
// the page then says so by its own news.
const RENEWED_EVERY_MS = 120000;

function keepRenewing(form) {
  window.setInterval(() => {
    fetch(form.action, {
      method: "POST",
      body: new FormData(form),
      redirect: "manual",
    }).catch(() => {});
  }, RENEWED_EVERY_MS);
}

document.querySelectorAll("[data-renews]").forEach(keepRenewing);
document.querySelectorAll("[data-without-script]").forEach((hint) => hint.remove());
document.querySelectorAll("[data-live]").forEach(keepUpToDate);
