"use strict";
const EVERY_MS = 2000;
const root = document.documentElement;
root.classList.add("script");
let version = root.dataset.version;

const cardOf = (node) => node.closest("article");
const chaptersOf = (card) => [...card.querySelectorAll("li")];
const chosenOf = (card) => card.querySelector("li[aria-current]");
const soundsOf = (chapter) => [...chapter.querySelectorAll("audio")];
const playingIn = (part) => [...part.querySelectorAll("audio")].find((sound) => !sound.paused);

function choose(chapter) {
  const card = cardOf(chapter);
  const before = chosenOf(card);
  if (before !== chapter) {
    before?.removeAttribute("aria-current");
    before?.querySelectorAll("audio").forEach((sound) => sound.pause());
    chapter.setAttribute("aria-current", "true");
  }
  show(card);
}

function show(card) {
  const chapter = chosenOf(card);
  const screen = card.querySelector(".display");
  const picture = chapter.querySelector(".icon img");
  for (const image of screen.querySelectorAll("img")) {
    image.hidden = !picture;
    if (picture && image.getAttribute("src") !== picture.getAttribute("src")) {
      image.src = picture.getAttribute("src");
    }
  }
  const label = screen.querySelector("svg");
  label.querySelector("path").setAttribute("d", chapter.dataset.label);
  label.classList.toggle("fading", Boolean(picture));
  label.getAnimations().forEach((animation) => { animation.cancel(); animation.play(); });
  card.querySelector(".caption b").textContent = chapter.querySelector(".name bdi").textContent;
  const chapters = chaptersOf(card);
  const [back, on] = card.querySelectorAll(".knob");
  back.disabled = chapter === chapters[0];
  on.disabled = chapter === chapters.at(-1);
  state(card);
}

function state(card) {
  const sound = playingIn(card);
  card.classList.toggle("playing", Boolean(sound));
  card.querySelector(".display").setAttribute("aria-label", sound ? "Pause" : "Play");
  const hint = soundsOf(chosenOf(card)).length ? "press to play" : "no audio here";
  card.querySelector(".caption span").textContent = sound ? "playing" : hint;
}

function play(chapter) {
  soundsOf(chapter)[0]?.play().catch(() => state(cardOf(chapter)));
}

function step(card, by) {
  const chapters = chaptersOf(card);
  const next = chapters[chapters.indexOf(chosenOf(card)) + by];
  if (!next) return;
  const wasPlaying = playingIn(card);
  choose(next);
  next.scrollIntoView({ block: "nearest" });
  if (wasPlaying) play(next);
}

function press(card) {
  const sound = playingIn(card);
  if (sound) return sound.pause();
  const begun = soundsOf(chosenOf(card)).find((one) => one.currentTime > 0 && !one.ended);
  if (begun) begun.play().catch(() => state(card));
  else play(chosenOf(card));
}

document.addEventListener("click", (event) => {
  const button = event.target.closest("button");
  if (!button) return;
  const card = cardOf(button);
  if (button.matches(".chapter")) {
    choose(button.parentElement);
    play(button.parentElement);
  } else if (button.matches(".knob")) step(card, Number(button.dataset.step));
  else if (button.matches(".display")) press(card);
});
document.addEventListener("keydown", (event) => {
  const by = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (!by || !event.target.matches(".chapter")) return;
  const buttons = [...event.target.closest("ol").querySelectorAll(".chapter")];
  buttons[buttons.indexOf(event.target) + by]?.focus();
  event.preventDefault();
});
// What a media element tells does not bubble.
document.addEventListener("play", ({ target }) => {
  document.querySelectorAll("audio").forEach((sound) => sound !== target && sound.pause());
  choose(target.closest("li"));
}, true);
document.addEventListener("pause", ({ target }) => {
  if (target.isConnected) state(cardOf(target));
}, true);
document.addEventListener("ended", ({ target }) => {
  const chapter = target.closest("li");
  const sounds = soundsOf(chapter);
  const next = sounds[sounds.indexOf(target) + 1];
  const following = chapter.nextElementSibling;
  if (next) next.play();
  else if (following) {
    choose(following);
    play(following);
  }
}, true);

function begin(card) {
  if (!chosenOf(card)) chaptersOf(card)[0]?.setAttribute("aria-current", "true");
  if (chosenOf(card)) show(card);
}

// A card that has changed takes the place of the old one, with what was chosen, open and playing.
function take(fresh, old) {
  const key = chosenOf(old)?.dataset.key;
  const chapter = chaptersOf(fresh).find((one) => one.dataset.key === key);
  const sounds = [...old.querySelectorAll("audio")].filter((sound) => sound.currentTime > 0);
  const open = old.querySelector("details")?.open;
  const focused = old.contains(document.activeElement) && document.activeElement;
  const place = focused && [...old.querySelectorAll("button, summary")].indexOf(focused);
  const top = old.querySelector("ol")?.scrollTop;
  old.before(fresh);
  for (const sound of sounds) {
    const same = [...fresh.querySelectorAll("audio")]
      .find((one) => one.getAttribute("src") === sound.getAttribute("src"));
    // Within one task, and so without a pause.
    same?.replaceWith(sound);
  }
  old.remove();
  if (open && fresh.querySelector("details")) fresh.querySelector("details").open = true;
  chapter?.setAttribute("aria-current", "true");
  begin(fresh);
  if (fresh.querySelector("ol")) fresh.querySelector("ol").scrollTop = top;
  if (focused) fresh.querySelectorAll("button, summary")[place]?.focus({ preventScroll: true });
}

function renew(page) {
  for (const id of ["count", "shelf", "icons"]) {
    const [old, fresh] = [document.getElementById(id), page.getElementById(id)];
    if (old.innerHTML !== fresh.innerHTML) old.innerHTML = fresh.innerHTML;
  }
  const main = document.getElementById("cards");
  const before = new Map([...main.children].map((part) => [part.id, part]));
  let place = main.firstElementChild;
  for (const read of [...page.getElementById("cards").children]) {
    const fresh = document.importNode(read, true);
    const old = before.get(fresh.id);
    before.delete(fresh.id);
    if (!old) {
      main.insertBefore(fresh, place);
      if (fresh.matches("article")) begin(fresh);
    } else {
      place = old.nextElementSibling;
      if (old.dataset.stamp !== fresh.dataset.stamp) take(fresh, old);
    }
  }
  before.forEach((part) => part.remove());
}

async function look() {
  if (!document.hidden) {
    try {
      const asked = { headers: { "If-None-Match": version }, cache: "no-store" };
      const answer = await fetch("/", asked);
      document.getElementById("gone").hidden = answer.ok || answer.status === 304;
      if (answer.ok) {
        renew(new DOMParser().parseFromString(await answer.text(), "text/html"));
        version = answer.headers.get("ETag");
      }
    } catch {
      document.getElementById("gone").hidden = false;
    }
  }
  setTimeout(look, EVERY_MS);
}

document.querySelectorAll("article").forEach(begin);
setTimeout(look, EVERY_MS);
