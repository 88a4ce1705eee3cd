// LeadTrack on a page: <script src="https://leadtrack.example/lt/SITE-KEY.js" async></script>
// Knows the browser again, reports page views and goals, and carries filled forms to the door.
// For browsers of 2020 and later. Served minified, with the parts that a site uses. Names in capitals are true or false when it is built:
// SITE (the script of one site, whose settings LT leadtrack/visits/views/snippet.py puts in front; else the plain one with
// data-site), API, CONSENT, GOALS, CROSS, FILL, CODE and NUMBERS.
{
  const doc = document;
  // A page must never break because of us, whatever its browser or its visitor forbids.
  const attempt = (work) => {
    try {
      return work();
    } catch (e) {}
  };
  const on = (target, names, work) =>
    names.split(" ").map((name) => target.addEventListener(name, (event) => attempt(() => work(event)), true));
  // 32 hexadecimal digits: browsers name a blob by a random UUID, on pages without https, too.
  const random = () => URL.createObjectURL(new Blob()).slice(-36).replace(/-/g, "");
  // No headers of ours: the browser asks no permission first, and the door, seeing no browser's own navigation,
  // answers in JSON. Browsers refuse keepalive for long bodies.
  const post = (address, body) => fetch(address, { method: "POST", body, keepalive: !(body + "")[6e4] });

  // --- leads on their way: "lt_q address body", each a key of the browser's storage until the door has answered.
  // Without consent, too: they hold what a person typed and asked to be sent, and no id of the browser.
  const send = async (lead) => {
    const [, address, body] = lead.split(" ");
    const answer = await post(address, new URLSearchParams(body));
    if (answer.status > 499) throw answer;
    // Taken, or refused for good.
    attempt(() => delete localStorage[lead]);
    return answer;
  };
  const persist = (lead, pause = 4e3) => send(lead).catch(() => setTimeout(persist, pause, lead, pause * 2));

  attempt(() => {
    const script = doc.currentScript;
    // The doors are beside the script, wherever LeadTrack is mounted.
    const doors = new URL(SITE ? "../api/v1/" : "api/v1/", script.src);
    const beacon = doors + "visits";
    const door = doors + "forms/";
    const site = SITE ? LT.site : script.dataset.site;

    // --- the browser's id: a cookie, and a copy for browsers that shorten the lives of cookies
    const stored = doc.cookie + ";lt_v=" + attempt(() => localStorage.lt_v) + ";lt_v=" + random();
    const known = stored.match(CONSENT ? /\blt_v=(\w{32})(\.1)?/ : /\blt_v=(\w{32})/);
    let visitor = known[1];
    // An id from before consent was asked for does not count: ".1" says that it was kept with consent.
    let allowed = !CONSENT || known[2];
    let home = "";
    const write = (seconds) => {
      const id = CONSENT ? visitor + ".1" : visitor;
      attempt(() => (CONSENT && !seconds ? delete localStorage.lt_v : (localStorage.lt_v = id)));
      // Every domain that the page belongs to, the widest first, at last its own host alone. Browsers refuse
      // cookies for "com" and "co.uk": the first that sticks is the site's.
      const labels = location.hostname.split(".");
      home = [...labels.map((_, depth) => labels.slice(~depth).join(".")), ""].find((domain) => {
        doc.cookie = "lt_v=" + id + ";path=/;samesite=lax;max-age=" + seconds + ";domain=" + domain;
        return seconds && doc.cookie.includes(id);
      });
    };
    // 400 days: browsers allow no more.
    const keep = () => {
      // Older ones first: a name may stand for several domains.
      write(0);
      if (allowed) write(34560000);
    };
    if (SITE) keep();
    else {
      attempt(() => (localStorage.lt_v = visitor));
      doc.cookie = "lt_v=" + visitor + ";path=/;samesite=lax;max-age=34560000";
    }

    // --- what happened
    let told;
    const packed = (said) =>
      JSON.stringify(CONSENT ? { site, visitor, consent: true, ...said } : { site, visitor, ...said });
    const tell = (body) => {
      if (SITE) told = Date.now();
      const answer = post(beacon, body);
      (CROSS || NUMBERS ? answer.then(hear) : answer).catch(attempt);
    };
    // Told together at the end of the turn: a goal must not overtake its page. (Where it does, it says itself which
    // page that is.) Without consent all waits in memory, and only that somebody looks at a page is told. 50 is what a
    // batch may hold.
    let waiting = [];
    let counted = 0;
    const happened = (event) => {
      const at = Date.now();
      event = { ...page, ...event };
      if (!waiting[49]) waiting.push(CONSENT ? { ...event, get ago() { return Date.now() - at; } } : event);
      queueMicrotask(() => attempt(flush));
    };
    const flush = () => {
      const events = waiting;
      if (CONSENT) {
        const seen = allowed ? 0 : events.reduce((sum, event) => sum + !event.type, 0);
        if (allowed ? events[0] : seen > counted)
          tell(allowed ? packed({ events, counted }) : JSON.stringify({ site, consent: false }));
        if (allowed) waiting = [];
        counted = seen;
      } else if (events[0]) {
        waiting = [];
        tell(packed({ events }));
      }
    };
    // A page of ours in a frame: the page around it knows where its reader came from.
    let around = 0;

    // --- page views
    const landing = (CONSENT || FILL) && doc.URL;
    let page = {};
    const view = (isBack) => {
      if (page.url == doc.URL && (!SITE || !isBack)) return;
      // Inside an application the page before is the referrer: with the outer one each step would be an arrival.
      // Numbers by reference: those met before the news is sent go along.
      page = NUMBERS
        ? { referrer: page.url || doc.referrer, url: doc.URL, numbers: met }
        : { referrer: page.url || doc.referrer, url: doc.URL };
      if (API) happened();
      else tell(packed(page));
      if (SITE) {
        // Personal words do not stay in the address, where people copy it.
        page.url = doc.URL.replace(/([?&])lt_(c|x|staff)=[^&#]*&?/g, "$1").replace(/[?&](#|$)/, "$1");
        if (page.url != doc.URL) history.replaceState(history.state, "", page.url);
      }
    };

    // --- forms, caught early: a script of the page may stop the event
    const caught = async (event) => {
      const form = event.target;
      // Of a copy without its fields: one may be called "action", "dataset" or "submit".
      const { action, dataset, submit } = form.cloneNode();
      const isOurs = action.startsWith(door);
      const key = dataset.ltForm;
      // A frame may have a snippet of its own.
      if ((SITE && event.lt) || !(isOurs || key)) return;
      if (SITE) event.lt = 1;
      const fields = new URLSearchParams(new FormData(form));
      for (const field of form.elements) if (/file|password/.test(field.type)) fields.delete(field.name);
      // The same words are the same submission, however often sent; a corrected form is a new one.
      const id = (form["lt" + fields] ||= random());
      const complete = (to) => {
        to.set("lt_submission_id", id);
        if (allowed) to.set("lt_visitor", visitor);
        // How long it took, as at the first try: the same submission stays the same.
        if (SITE && form.lt_at) to.set("lt_ms", (form.lt_ms ||= event.timeStamp - form.lt_at));
        to.set("page_url", allowed ? (around || doc).URL : landing);
        to.set("referrer", (around || doc).referrer);
      };
      complete(fields);
      const lead = "lt_q " + (isOurs ? action : door + key) + " " + fields;
      const isStored = attempt(() => (localStorage[lead] = 1));
      // A copy; the form goes its own way, and the next page sends it again if this one cannot.
      if (!isOurs) return persist(lead);

      event.preventDefault();
      const button = event.submitter || {};
      button.disabled = 1;
      const answer = await send(lead).catch(() => isStored && { ok: persist(lead) });
      button.disabled = 0;
      if (!answer) {
        // Nowhere to keep it: let the browser itself send the form.
        form.addEventListener("formdata", (sent) => complete(sent.formData));
        return submit.call(form);
      }
      if (answer.ok == 1) {
        form.dispatchEvent(new Event("leadtrack:sent", { bubbles: 1 }));
        const redirect = fields.get("lt_redirect");
        // A web address only: a page may fill this field from its own address. Not before the lead has arrived: until
        // then this page has to stay and try again.
        if (redirect && /^http/.test(attempt(() => new URL(redirect, doc.URL))))
          return ((SITE ? form.ownerDocument : doc).location = redirect);
      }
      // One note for each form: a complaint after it, or thanks in its place.
      const note = (form.lt_note ||= doc.createElement("p"));
      note.role = "alert";
      if (answer.ok) {
        note.textContent =
          dataset.ltThanks || (form.matches(":lang(ru)") ? "Спасибо!" : "Thank you!");
        form.replaceWith(note);
      } else {
        note.textContent = await answer.json().then((refusal) => refusal.errors[0].detail).catch(() => answer.status);
        form.after(note);
      }
    };

    // --- hidden fields of forms that go to the site's own server: where this tab came in
    const ADVERT = /[?&](utm_|\w+cl?id=)/;
    let arrival;
    const fill = (event) => {
      const [address, from] = arrival.split(" ");
      const known = {
        lt_visitor: allowed && visitor,
        lt_page_url: doc.URL,
        lt_landing_url: address,
        lt_referrer: from,
      };
      for (const field of (event.target.form || event.target).elements) {
        const name = field.dataset.ltFill || (field.type == "hidden" && field.name);
        const value = known[name] || (ADVERT.test("?" + name + "=") && new URL(address).searchParams.get(name));
        if (value) field.value = value;
      }
    };
    if (FILL) {
      arrival = landing + " " + doc.referrer;
      const isInside = !ADVERT.test(landing) && (doc.referrer || origin).startsWith(origin);
      attempt(() => {
        arrival = (isInside && sessionStorage.lt_a) || arrival;
        if (allowed) sessionStorage.lt_a = arrival;
      });
    }

    // --- our numbers in the place of the page's own. LT.numbers: [digits as a page may write them, E.164, how many of
    // the digits are the national number], the longest first; LT.places: selector of numbers written in several pieces.
    let numbers = [];
    const met = [];
    const GAP = "(?:%..|\\D){0,9}";
    const pattern =
      NUMBERS &&
      RegExp(
        "(^|%..|[^\\d+])\\+?(?:" + LT.numbers.map(([digits]) => digits.replace(/\B/g, GAP)).join("|") + ")(?!\\d)",
        "g"
      );
    // Writes our number where the page wrote its own, in the same manner; and the page's again when there is none.
    const put = (place, name) => {
      const now = place[name];
      let [own, ours] = place["lt" + name] || [];
      if (now != ours) own = now;
      const text = own.replace(pattern, (found, before) => {
        const digits = found.replace(/%..|\D/g, "");
        const [, asked, size] = LT.numbers.find(([variant]) => variant == digits);
        if (!met.includes(asked)) {
          met.push(asked);
          // Not before the page itself was told.
          if (page.url) happened({ type: "numbers" });
        }
        const one = numbers.find((one) => one.asked == asked);
        if (!one || place.parentNode.closest("script,textarea,[contenteditable]")) return found;
        // An encoded blank or plus goes: the number has its own.
        if (name == "href") return (before[1] ? "" : before) + one.number;
        if (one.shown) return before + one.shown;
        let at = 0;
        return found.replace(/\d/g, () => (digits.slice(0, -size) + one.number.slice(-size))[at++]);
      });
      if (text != now) {
        place[name] = text;
        place["lt" + name] = [own, place[name]];
      }
    };
    const learn = (told) => {
      numbers = told.numbers;
      look(doc);
      sessionStorage.lt_n = JSON.stringify([Date.now() + told.hold * 1e3, numbers]);
    };
    const signal = ({ type, target }) => {
      // A link says its address.
      const text = (type == "copy" ? getSelection() : target.closest("a")) + "";
      numbers.map(
        ({ number }) =>
          text.replace(/\D/g, "").includes(number.slice(-7)) &&
          happened({ type: type == "copy" ? type : "tap", numbers: [number] })
      );
    };
    if (NUMBERS)
      attempt(() => {
        const [until, kept] = JSON.parse(sessionStorage.lt_n);
        if (allowed && until > Date.now()) numbers = kept;
      });

    // --- what stands in the page, a part of it, or a frame: our numbers, and the promo code that a caller reads out
    const look = (root) => {
      if (NUMBERS) {
        const walk = doc.createTreeWalker(root, 5);
        for (let node = root; node; node = walk.nextNode()) {
          if (node.nodeType == 3) put(node, "data");
          if (/^(tel|wtai):/.test(node.href)) put(node, "href");
          if (node.contentDocument) look(node.contentDocument);
        }
      }
      const within = root.parentNode || root;
      if (NUMBERS) for (const place of within.querySelectorAll(LT.places)) put(place, "textContent");
      if (CODE)
        for (const place of within.querySelectorAll("[data-lt-code]")) {
          const code = (1e8 + +("0x" + visitor.slice(0, 6)) + "").replace(/.(.{4})/, "$1-");
          if (allowed && place.textContent != code) place.textContent = code;
        }
    };

    // --- this document, and the frames in it that are ours to read
    const listen = (root) => {
      if (SITE) on(root, "submit", (event) => caught(event).catch(attempt));
      else root.addEventListener("submit", (event) => caught(event).catch(attempt), true);
      if (FILL) on(root, "submit focusin", fill);
      if (NUMBERS) on(root, "click copy", signal);
      if (CODE || NUMBERS) {
        look(root);
        new MutationObserver((records) => records.map(({ target }) => attempt(() => look(target)))).observe(
          root,
          NUMBERS ? { childList: true, subtree: true, characterData: true } : { childList: true, subtree: true }
        );
      }
      if (SITE) {
        on(root, "focusin", ({ target: { form }, timeStamp }) => (form.lt_at ||= timeStamp));
        on(root, "load", framed);
        for (const target of root.querySelectorAll("iframe")) attempt(() => framed({ target }));
      }
    };
    const framed = (event) => listen(event.target.contentDocument);
    listen(doc);

    // --- other domains of the same site: links take the id there by a signed word, frames by a message
    const hear = async (answer) => {
      // Mostly it says nothing: then it is no JSON.
      const told = await answer.json();
      if (CROSS && told.visitor) {
        visitor = told.visitor;
        keep();
      }
      if (NUMBERS && told.numbers && allowed) learn(told);
    };
    if (CROSS) {
      let word;
      let asked = 0;
      const lead = (event) => {
        const link = event.target.closest("a");
        const isHome = ("." + link.hostname).endsWith("." + (home || location.hostname));
        if (isHome || !allowed || !LT.origins.includes(link.origin)) return;
        // It lives for two minutes.
        if (Date.now() - asked > 6e4) {
          asked = Date.now();
          word = post(beacon, packed({ type: "link" })).then((answer) => answer.json());
        }
        word.then((told) => {
          const search = link.search.replace(/[?&]lt_x=[^&]*/, "");
          link.search = search + (search ? "&" : "?") + "lt_x=" + told.link;
        }, attempt);
      };
      on(doc, "mouseover focusin pointerdown", lead);
      on(window, "message", ({ data, origin, source }) => {
        if (!LT.origins.includes(origin)) return;
        if (data == "lt?" && allowed) source.postMessage({ lt: visitor, URL: page.url, referrer: doc.referrer }, origin);
        if (source == parent && data.lt) {
          around = data;
          visitor = data.lt;
        }
      });
    }
    const begin = (tries) => {
      if (around) return;
      if (parent == window || !tries) return view();
      parent.postMessage("lt?", "*");
      setTimeout(begin, 300, tries - 1);
    };

    if (GOALS)
      on(doc, "click", (event) =>
        LT.goals.map(([name, selector]) =>
          attempt(() => event.target.closest(selector) && happened({ type: "goal", name }))
        )
      );
    // A page loaded ahead has not been seen yet.
    if (!doc.prerendering) CROSS ? begin(9) : view();
    // At first the browser says "pageshow", too: too early for a frame that asks who it is in.
    if (SITE) on(window, "prerenderingchange popstate pageshow", ({ persisted }) => persisted != false && view(persisted));
    else {
      addEventListener("prerenderingchange", view, true);
      addEventListener("popstate", view);
    }
    const wrap = (name) => {
      const step = history[name];
      history[name] = (...to) => view(step.apply(history, to));
    };
    SITE ? ["pushState", "replaceState"].map(wrap) : wrap("pushState");
    // While somebody may be reading them, our numbers stay theirs.
    if (NUMBERS) setInterval(() => doc.hidden || (numbers[0] && happened({ type: "beat" })), 6e4);
    if (SITE) {
      // How long the last page was read; a glance is not worth a request.
      on(doc, "visibilitychange", () => {
        if ((NUMBERS || doc.hidden) && allowed && Date.now() - told > 5e3)
          happened({ type: NUMBERS && !doc.hidden ? "beat" : "leave" });
      });
    }


    // --- what the page itself may say: leadtrack("goal", "calculator", 120)
    if (API) {
      const commands = {
        goal: (name, value, currency) => happened({ type: "goal", name, value, currency }),
        identify: (who) => happened({ ...who, type: "identify" }),
        visitor: (hand) => hand(allowed ? visitor : ""),
      };
      if (CONSENT)
        commands.consent = (isGiven) => {
          if (!isGiven == !allowed) return;
          allowed = isGiven;
          if (!isGiven) {
            visitor = random();
            if (FILL) attempt(() => delete sessionStorage.lt_a);
          }
          keep();
          flush();
          if (CODE && !NUMBERS) look(doc);
          if (NUMBERS) learn({ numbers: [] });
        };
      const before = window.leadtrack?.q;
      window.leadtrack = (name, ...said) => attempt(() => commands[name](...said));
      before?.map((call) => leadtrack(...call));
    }
    for (const lead in localStorage) if (/^lt_q /.test(lead)) persist(lead);
  });
}
