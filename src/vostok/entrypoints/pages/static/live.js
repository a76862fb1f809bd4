// Keeps a page of unfinished work up to date. Without it the page refreshes itself by <meta>.
//
// <main data-live="2">          the page is fetched again every 2 s and what differs is replaced
//       data-events="…/events"  it is fetched again when this stream says so, instead; every 15 s
//                               if there is no room for one more stream
// <form data-preview>           what is typed is looked at (do=look) while it is filled in, and every
// <div id="…" data-previewed>   is replaced with what the answer has under this id
// <div data-log="…/log.json">   what was written to the log since is appended
"use strict";
(() => {
  const RETRY_SECONDS_MAX = 30;
  const RENEW_PAUSE = 500;
  const RENEW_AGAIN = 5000;
  const PREVIEW_PAUSE = 700;
  const PREVIEW_SHARE = 3;
  const WITHOUT_STREAM_SECONDS = 15;
  const started = new WeakSet();
  const status = document.getElementById("live-state");
  const say = (text) => {
    if (status && status.textContent !== text) status.textContent = text;
  };

  // Calls work() again and again until it answers false; slower while it fails, never unseen.
  function repeat(seconds, work) {
    let failures = 0;
    const again = () => {
      if (document.hidden) {
        document.addEventListener("visibilitychange", again, { once: true });
        return;
      }
      work().then(
        (more) => {
          failures = 0;
          if (more) setTimeout(again, seconds * 1000);
        },
        () => {
          failures += 1;
          const wait = Math.min(RETRY_SECONDS_MAX, seconds * 2 ** failures);
          say(`No answer; trying again in ${wait} s`);
          setTimeout(again, wait * 1000);
        },
      );
    };
    setTimeout(again, seconds * 1000);
  }

  async function answer(address) {
    const response = await fetch(address, { credentials: "same-origin" });
    if (!response.ok) throw new Error(String(response.status));
    return response;
  }

  // Makes `old` look like `fresh`, touching only what differs: focus, scroll and open details stay.
  function renew(old, fresh) {
    if (old.isEqualNode(fresh)) return;
    if (old.dataset?.log && old.dataset.log === fresh.dataset?.log) return;
    if (old.dataset?.copy !== undefined && fresh.dataset?.copy !== undefined) {
      renew(old.querySelector("pre"), fresh.querySelector("pre"));
      return;
    }
    if (old.nodeType !== fresh.nodeType || old.nodeName !== fresh.nodeName) {
      old.replaceWith(document.importNode(fresh, true));
      return;
    }
    if (old.nodeType !== Node.ELEMENT_NODE) {
      old.nodeValue = fresh.nodeValue;
      return;
    }
    for (const { name } of [...old.attributes]) {
      if (!fresh.hasAttribute(name) && name !== "open") old.removeAttribute(name);
    }
    for (const { name, value } of fresh.attributes) {
      if (old.getAttribute(name) !== value) old.setAttribute(name, value);
    }
    const before = [...old.childNodes];
    const after = [...fresh.childNodes];
    if (before.length !== after.length) {
      old.replaceChildren(...after.map((node) => document.importNode(node, true)));
      return;
    }
    before.forEach((node, place) => renew(node, after[place]));
  }

  async function renewPage() {
    const main = document.getElementById("content");
    const text = await (await answer(location.href)).text();
    const fresh = new DOMParser().parseFromString(text, "text/html");
    const content = fresh.getElementById("content");
    if (!content) throw new Error("not a page");
    renew(main, content);
    document.title = fresh.title;
    startLogs();
    offerCopying();
    const more = main.hasAttribute("data-live");
    say(more || main.querySelector("[data-log]") ? "Live" : "Finished");
    return more;
  }

  function startPage() {
    const main = document.querySelector("main[data-live]");
    if (!main) return;
    say("Live");
    if (main.dataset.events && window.EventSource) follow(main);
    else repeat(Number(main.dataset.live), renewPage);
  }

  // Renews the page when the server says that it changed. A browser has few connections to one
  // server, so a page that nobody sees gives its own back.
  function follow(main) {
    let source = null;
    let timer = null;
    const stop = () => {
      source?.close();
      source = null;
    };
    const poll = () => {
      stop();
      document.removeEventListener("visibilitychange", look);
      repeat(WITHOUT_STREAM_SECONDS, renewPage);
    };
    const renewSoon = (pause) => {
      timer ??= setTimeout(() => {
        timer = null;
        renewPage().then(
          (more) => {
            if (!more) stop();
          },
          () => {
            say("No answer; trying again");
            renewSoon(RENEW_AGAIN);
          },
        );
      }, pause);
    };
    const open = () => {
      source = new EventSource(main.dataset.events);
      // What happened between the page and the stream, or while it was away, was not told.
      source.addEventListener("open", () => renewSoon(RENEW_PAUSE));
      source.addEventListener("message", () => renewSoon(RENEW_PAUSE));
      source.addEventListener("end", poll);
      source.addEventListener("error", () => {
        if (source?.readyState === EventSource.CLOSED) poll();
        else say("No answer; trying again");
      });
    };
    const look = () => {
      if (document.hidden) stop();
      else if (!source && main.hasAttribute("data-live")) open();
    };
    document.addEventListener("visibilitychange", look);
    look();
  }

  function startLog(box) {
    if (started.has(box)) return;
    started.add(box);
    say("Live");
    const pre = box.querySelector("pre");
    const toggle = document.querySelector("[data-follow]");
    const sizeMax = Number(box.dataset.max);
    const address = box.dataset.log;
    let offset = Number(box.dataset.offset);
    if (toggle) {
      toggle.closest("label").hidden = false;
      toggle.addEventListener("change", () => {
        if (toggle.checked) box.scrollTop = 0;
      });
      box.addEventListener("scroll", () => {
        // The box grows upwards: 0 is its end.
        toggle.checked = box.scrollTop > -4;
      });
    }
    const append = (text) => {
      const height = box.scrollHeight;
      const place = box.scrollTop;
      const whole = pre.textContent + text;
      const cut = whole.length > sizeMax ? whole.indexOf("\n", whole.length - sizeMax) + 1 : 0;
      if (cut) pre.textContent = whole.slice(cut);
      else pre.append(text);
      const follows = toggle ? toggle.checked : place > -4;
      box.scrollTop = follows ? 0 : place - (box.scrollHeight - height);
    };
    repeat(1, async () => {
      if (!box.isConnected) return false;
      const mark = address.includes("?") ? "&" : "?";
      const piece = await (await answer(`${address}${mark}offset=${offset}`)).json();
      if (piece.text) append(piece.text);
      offset = piece.next_offset;
      if (!piece.complete) return true;
      delete box.dataset.log;
      await renewPage();
      return false;
    });
  }

  function startLogs() {
    document.querySelectorAll("[data-log]").forEach(startLog);
  }

  // The record that the page is about may lie outside the box that shows all of its slot.
  function showRecord() {
    const record = document.querySelector(".records .here");
    const box = record?.closest(".scroll");
    if (!box || record.offsetLeft + record.offsetWidth <= box.clientWidth) return;
    const beside = record.offsetLeft - box.querySelector("th").offsetWidth;
    box.scrollLeft = Math.max(beside, record.offsetLeft + record.offsetWidth - box.clientWidth);
  }

  function offerCopying() {
    if (!navigator.clipboard) return;
    document.querySelectorAll("[data-copy]").forEach((box) => {
      if (box.querySelector("button")) return;
      const button = document.createElement("button");
      button.type = "button";
      button.textContent = "Copy";
      button.addEventListener("click", async () => {
        await navigator.clipboard.writeText(box.querySelector("pre").textContent);
        button.textContent = "Copied";
        setTimeout(() => { button.textContent = "Copy"; }, 1500);
      });
      box.append(button);
    });
  }

  // Asks what a form would do once nobody types any more, one question at a time; where an answer
  // takes long, it waits the longer for the next.
  function startPreview(form) {
    let pause = PREVIEW_PAUSE;
    let timer = null;
    let isAsking = false;
    const later = () => {
      clearTimeout(timer);
      timer = setTimeout(ask, pause);
    };
    const ask = async () => {
      if (isAsking) {
        later();
        return;
      }
      isAsking = true;
      const began = performance.now();
      const body = new URLSearchParams(new FormData(form));
      body.set("do", "look");
      try {
        const response = await fetch(form.action, { method: "POST", body, credentials: "same-origin" });
        const fresh = new DOMParser().parseFromString(await response.text(), "text/html");
        if (!fresh.querySelector("[data-previewed]")) throw new Error(String(response.status));
        document.querySelectorAll("[data-previewed]").forEach((box) => {
          const shown = fresh.getElementById(box.id);
          if (shown) renew(box, document.importNode(shown, true));
        });
        say("The preview is of what is typed");
      } catch {
        say("No preview at the moment; the button asks again");
      }
      pause = Math.max(PREVIEW_PAUSE, PREVIEW_SHARE * (performance.now() - began));
      isAsking = false;
    };
    form.addEventListener("input", (event) => {
      if (event.target.name && event.target.name !== "name") later();
    });
    form.addEventListener("submit", () => clearTimeout(timer));
  }

  document.querySelectorAll("form[data-preview]").forEach(startPreview);
  startPage();
  startLogs();
  showRecord();
  offerCopying();
})();
