// LeadTrack on a page: <script src="https://leadtrack.example/lt.js" data-site="KEY" async></script>
// Knows the browser again, reports page views, and carries filled forms to the door. Served minified.
(() => {
  const doc = document;
  // A page must never break because of us, whatever its browser or its visitor forbids.
  const attempt = (work) => {
    try {
      return work();
    } catch (e) {}
  };
  const random = () =>
    crypto.getRandomValues(new Uint8Array(16)).reduce((text, byte) => text + (byte + 256).toString(16).slice(1), "");
  // No headers of ours and no credentials: the browser asks no permission first, and the door, seeing no browser's
  // own navigation, answers in JSON. Browsers refuse keepalive for long bodies.
  const post = async (address, body) =>
    fetch(address, { method: "POST", body, keepalive: (body + "").length < 6e4, credentials: "omit" });

  // --- leads on their way: "lt_q address body", each a key of the browser's storage until the door has answered
  const send = async (lead) => {
    const [, address, body] = lead.split(" ");
    const answer = await post(address, new URLSearchParams(body));
    if (answer.status > 499) throw answer;
    // Taken, or refused for good.
    attempt(() => delete localStorage[lead]);
    return answer;
  };
  const persist = (lead, pause) => send(lead).catch(() => setTimeout(persist, pause, lead, pause * 2));

  attempt(() => {
    const { src, dataset } = doc.currentScript;
    const url = (address, base) => new URL(address, base) + "";
    // The doors are beside the script, wherever LeadTrack is mounted.
    const beacon = url("api/v1/visits", src);
    const door = url("api/v1/forms/", src);

    // --- the browser's id: a cookie, and a copy for browsers that shorten the lives of cookies
    const known = doc.cookie + ";lt_v=" + attempt(() => localStorage.lt_v) + ";lt_v=" + random();
    const visitor = known.match(/\blt_v=(\w{32})/)[1];
    attempt(() => (localStorage.lt_v = visitor));
    // 400 days: browsers allow no more.
    doc.cookie = "lt_v=" + visitor + ";path=/;max-age=34560000;samesite=lax";

    // --- page views
    let here;
    const view = () => {
      // Inside an application the page before is the referrer: with the outer one each step would be an arrival.
      const referrer = here || doc.referrer;
      if (here == (here = doc.URL)) return;
      const body = JSON.stringify({ site: dataset.site, visitor, url: here, referrer });
      // Some browsers know no keepalive: what leaves with the page goes this way.
      post(beacon, body).catch(() => navigator.sendBeacon(beacon, body));
    };

    // --- forms, caught early: a script of the page may stop the event
    const submitted = (event) => attempt(() => {
      const form = event.target;
      const action = url(form.getAttribute("action"), doc.URL);
      const isOurs = action.startsWith(door);
      const key = form.getAttribute("data-lt-form");
      if (!isOurs && !key) return;
      const fields = new URLSearchParams(new FormData(form));
      for (const field of form.elements) if (/file|password/.test(field.type)) fields.delete(field.name);
      // The same words are the same submission, however often sent; a corrected form is a new one.
      const id = (form["lt" + fields] = form["lt" + fields] || random());
      const complete = (to) => {
        to.set("lt_submission_id", id);
        to.set("lt_visitor", visitor);
        to.set("page_url", doc.URL);
        to.set("referrer", doc.referrer);
      };
      complete(fields);
      const lead = "lt_q " + (isOurs ? action : door + key) + " " + fields;
      const isStored = attempt(() => (localStorage[lead] = 1));
      // A copy; the form goes its own way, and the next page sends it again if this one cannot.
      if (!isOurs) return persist(lead, 4e3);

      event.preventDefault();
      const button = event.submitter || {};
      button.disabled = true;
      // One note for each form: a complaint after it, or thanks in its place.
      const tell = (where, text) => {
        const note = (form.lt_note = form.lt_note || doc.createElement("p"));
        note.role = "alert";
        note.textContent = text;
        form[where](note);
      };
      const thank = () =>
        tell(
          "replaceWith",
          form.getAttribute("data-lt-thanks") || (form.matches(":lang(ru)") ? "Спасибо!" : "Thank you!")
        );
      send(lead)
        .then(async (answer) => {
          if (answer.ok) {
            form.dispatchEvent(new CustomEvent("leadtrack:sent", { bubbles: true }));
            const redirect = fields.get("lt_redirect");
            // A web address only: a page may fill this field from its own address.
            if (redirect && /^http/.test(url(redirect, doc.URL))) location = redirect;
            else thank();
          } else tell("after", await answer.json().then((told) => told.errors[0].detail).catch(() => answer.status));
        })
        .catch(() => {
          if (isStored) {
            // No redirect: this page has to stay and try again.
            thank();
            persist(lead, 4e3);
          } else {
            // Nowhere to keep it: let the browser itself send the form. (A field may be called "submit".)
            form.addEventListener("formdata", (sent) => complete(sent.formData));
            doc.createElement("form").submit.call(form);
          }
        })
        .then(() => (button.disabled = false));
    });
    doc.addEventListener("submit", submitted, true);

    // A page loaded ahead has not been seen yet.
    if (doc.prerendering) doc.addEventListener("prerenderingchange", view);
    else view();
    addEventListener("popstate", view);
    const push = history.pushState;
    history.pushState = (...step) => {
      push.call(history, ...step);
      view();
    };
    for (const lead in localStorage) if (/^lt_q /.test(lead)) persist(lead, 4e3);
  });
})();
