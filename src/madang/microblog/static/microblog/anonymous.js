/* The page of posts without a name: what the purse says, shown; what is typed, given to the purse. */
(() => {
  "use strict";

  const root = document.getElementById("whisper");
  const { who, count, thread, parent } = root.dataset;
  const part = (name) => root.querySelector(`[data-part=${name}]`);
  const show = (name, isShown) => {
    part(name).hidden = !isShown;
  };
  const say = (code, values = {}) =>
    Object.entries(values).reduce(
      (said, [name, value]) => said.replaceAll(`{${name}}`, value),
      root.querySelector(`[data-code=${code}]`).textContent,
    );
  const moment = (value) =>
    new Intl.DateTimeFormat(document.documentElement.lang, { dateStyle: "medium", timeStyle: "short" }).format(
      new Date(value),
    );
  const complain = (error) => {
    const known = root.querySelector(`[data-code=${CSS.escape(error.code ?? "no_answer")}]`);
    part("trouble").textContent = error.message && error.code ? error.message : (known ?? root.querySelector("[data-code=no_answer]")).textContent;
    show("trouble", true);
  };
  const token = () => root.querySelector("input[name=csrfmiddlewaretoken]").value;

  /* Do one thing at a time; what goes wrong is said at the top. */
  const doing = async (act) => {
    show("trouble", false);
    root.setAttribute("aria-busy", "true");
    for (const button of root.querySelectorAll("button")) button.disabled = true;
    try {
      draw(await act());
    } catch (error) {
      complain(error);
      draw(await Purse.load(who));
    } finally {
      root.removeAttribute("aria-busy");
      for (const button of root.querySelectorAll("button")) button.disabled = false;
    }
  };

  const draw = (purse) => {
    const epochs = Object.values(purse.epochs).sort((one, other) => one.from - other.from);
    const now = Purse.current(purse);
    const left = now?.passes.length ?? 0;
    const coming = epochs.filter((each) => each.from > Date.now() / 1000);
    show("begin", !epochs.length);
    show("purse", epochs.length > 0);
    show("form", left > 0 && !("closed" in root.dataset));
    part("left").textContent = say("left", { n: left });
    part("coming").replaceChildren(
      ...coming.map((each) => {
        const row = document.createElement("li");
        const code = each.isElsewhere ? "elsewhere" : "coming";
        row.textContent = say(code, { n: each.passes.length, when: moment(each.from * 1000) });
        return row;
      }),
    );
    part("list").replaceChildren(...purse.sent.map(row));
    show("sent", purse.sent.length > 0);
    show("copies", epochs.length > 0);
  };

  const row = (sent) => {
    const item = document.createElement("li");
    const said = document.createElement("p");
    said.className = "said";
    said.textContent = sent.body.text;
    const state = document.createElement("p");
    state.className = "cluster soft";
    state.append(sent.why ?? say(`is_${sent.state}`, { when: sent.by ? moment(sent.by) : "" }));
    if (sent.state === "written" && sent.id) {
      const link = document.createElement("a");
      link.href = root.dataset.post.replace("/0/", `/${sent.thread ?? sent.id}/`) + `#p${sent.id}`;
      link.textContent = say("see");
      const button = document.createElement("button");
      button.type = "button";
      button.className = "post-button";
      button.textContent = say("take_back");
      button.addEventListener("click", () => doing(() => Purse.takeBack(who, sent.id)));
      state.append(" ", link, " ", button);
    }
    item.append(said, state);
    return item;
  };

  const begin = () => doing(() => Purse.enrol(who, { count: Number(count), token: token() }));

  const copy = async () => {
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([await Purse.copy(who)], { type: "application/json" }));
    link.download = "madang-purse.json";
    link.click();
    URL.revokeObjectURL(link.href);
  };

  const send = async (event) => {
    event.preventDefault();
    const form = event.target;
    const said = form.elements.text.value.normalize("NFC").trim();
    if (!said) return;
    await doing(async () => {
      await Purse.post(who, {
        said,
        wait: form.elements.wait.value,
        parent: parent || undefined,
        thread: thread || undefined,
      });
      form.elements.text.value = "";
      return Purse.load(who);
    });
  };

  const works = async () => {
    if (!globalThis.crypto?.subtle || !globalThis.indexedDB || !navigator.locks) return "no_crypto";
    try {
      await crypto.subtle.generateKey("Ed25519", false, ["sign"]);
      return "";
    } catch {
      return "too_old";
    }
  };

  const start = async () => {
    show("needs", false);
    const trouble = await works();
    if (trouble) {
      complain({ code: trouble });
      return;
    }
    part("begin").querySelector("button").addEventListener("click", begin);
    part("form").addEventListener("submit", send);
    part("copy").addEventListener("click", copy);
    part("bring").addEventListener("change", (event) => {
      const [file] = event.target.files;
      if (file) doing(async () => Purse.bring(who, await file.text()));
    });
    const purse = await Purse.load(who);
    draw(purse);
    if (Object.keys(purse.epochs).length) await begin();
    await doing(() => Purse.renew(who));
    for (;;) {
      const { sent } = await Purse.load(who);
      if (sent.some((each) => ["new", "held"].includes(each.state))) draw(await Purse.look(who));
      await new Promise((resolve) => setTimeout(resolve, 3000));
    }
  };

  start();
})();
