/* A member's purse: passes, what was posted with them, and a secret from which the names in threads
   come. It is kept in this browser alone, written before anything is sent, so that whatever a cut
   interrupts can be asked for again with the same words. */
const Purse = (() => {
  "use strict";

  const AHEAD = 4;
  const ED25519 = Passes.fromHex("302e020100300506032b657004220420");
  const text = new TextEncoder();

  class Refusal extends Error {
    constructor(code, message = "") {
      super(message);
      this.code = code;
    }
  }

  /* One record in IndexedDB for each member; `change` reads, changes and writes it in turn. */
  const database = () =>
    new Promise((resolve, reject) => {
      const opening = indexedDB.open("madang-purse", 1);
      opening.onupgradeneeded = () => opening.result.createObjectStore("purses");
      opening.onsuccess = () => resolve(opening.result);
      opening.onerror = () => reject(opening.error);
    });
  const request = async (mode, act) => {
    const opened = await database();
    try {
      return await new Promise((resolve, reject) => {
        const asked = act(opened.transaction("purses", mode).objectStore("purses"));
        asked.onsuccess = () => resolve(asked.result);
        asked.onerror = () => reject(asked.error);
      });
    } finally {
      opened.close();
    }
  };
  const empty = () => ({
    secret: Passes.encode(Passes.random(32)),
    epochs: {},
    threads: {},
    sent: [],
    seen: {},
  });
  const load = async (who) => (await request("readonly", (store) => store.get(who))) ?? empty();
  const save = (who, purse) => request("readwrite", (store) => store.put(purse, who));
  const alone = (who, act) => navigator.locks.request(`madang-purse-${who}`, act);

  const get = async (address) => {
    const answer = await fetch(address, { cache: "no-store", credentials: "omit" });
    if (!answer.ok) throw new Refusal("no_answer");
    return answer.json();
  };

  /* The keys in use, if they are those of the public log, and the log the one seen before. */
  const directory = async (purse) => {
    const found = await get("/.well-known/private-token-issuer-directory");
    const { log } = await get("/anon/log"); /* last, for the directory may begin an epoch */
    let chain = new Uint8Array(32);
    const known = {};
    for (const row of log) {
      const numbers = new DataView(new ArrayBuffer(24));
      [row.epoch, row["not-before"], row["not-after"]].forEach((value, at) =>
        numbers.setBigUint64(8 * at, BigInt(value)),
      );
      const key = Passes.fromHex(row["key-id"]);
      chain = await Passes.digest("SHA-256", Passes.join(chain, new Uint8Array(numbers.buffer), key));
      const before = purse.seen[row.epoch];
      if (Passes.hex(chain) !== row.chain || (before && before !== row.chain)) throw new Refusal("keys");
      known[row["key-id"]] = row;
    }
    const keys = [];
    for (const each of found["token-keys"]) {
      const spki = Passes.decode(each["token-key"]);
      const row = known[Passes.hex(await Passes.keyId(spki))];
      if (row?.["not-before"] !== each["not-before"] || row["not-after"] !== each["not-after"]) {
        throw new Refusal("keys");
      }
      keys.push({ number: each.epoch, spki, from: each["not-before"], until: each["not-after"] });
    }
    for (const row of log) purse.seen[row.epoch] = row.chain;
    return {
      keys,
      origin: found["anonymous-origin"],
      challenge: Passes.decode(found["token-challenge"]),
    };
  };

  /* Ask, signed in, for the passes of the coming epochs that are not in this purse yet. */
  const enrol = (who, { count, token }) =>
    alone(who, async () => {
      const purse = await load(who);
      const { keys, challenge } = await directory(purse);
      const now = Date.now() / 1000;
      const wanted = [];
      for (const key of keys.filter((each) => each.from > now).slice(0, AHEAD)) {
        purse.epochs[key.number] ??= {
          key: Passes.encode(key.spki),
          from: key.from,
          until: key.until,
          pending: await Promise.all(Array.from({ length: count }, () => Passes.ask(key.spki, challenge))),
          passes: [],
        };
        if (purse.epochs[key.number].pending.length) wanted.push(purse.epochs[key.number]);
      }
      for (const [number, epoch] of Object.entries(purse.epochs)) {
        if (epoch.until < now) delete purse.epochs[number];
      }
      await save(who, purse);
      for (const epoch of wanted) await issue(epoch, token);
      await save(who, purse);
      return purse;
    });

  const issue = async (epoch, token) => {
    const answer = await fetch("/anon/issue", {
      method: "POST",
      headers: { "Content-Type": "application/json", "X-CSRFToken": token },
      body: JSON.stringify(epoch.pending.map((each) => each.request)),
    });
    if (answer.status === 409) {
      epoch.pending = [];
      epoch.isElsewhere = true;
      return;
    }
    if (!answer.ok) throw new Refusal("no_answer", (await answer.json().catch(() => ({}))).message);
    const given = await answer.json();
    const spki = Passes.decode(epoch.key);
    epoch.passes = epoch.pending.map((each, at) => Passes.finish(spki, each, given[at]));
    epoch.pending = [];
  };

  /* Put the passes that came back into the purse; the whole list is fetched, as by everybody. */
  const renew = (who) =>
    alone(who, async () => {
      const purse = await load(who);
      const waiting = purse.sent.filter((each) => each.renewal);
      if (!waiting.length) return purse;
      const { renewals } = await get("/anon/renewals");
      const answers = new Map(renewals.map((pair) => [pair.request, pair.answer]));
      for (const sent of waiting) {
        const answer = answers.get(sent.renewal.request);
        const epoch = purse.epochs[sent.epoch];
        if (answer && epoch) epoch.passes.push(Passes.finish(Passes.decode(epoch.key), sent.renewal, answer));
        if (answer || !epoch) delete sent.renewal;
      }
      await save(who, purse);
      return purse;
    });

  /* The epoch that lasts now, as far as this purse has it. */
  const current = (purse) => {
    const now = Date.now() / 1000;
    const number = Object.keys(purse.epochs).find(
      (each) => purse.epochs[each].from <= now && now < purse.epochs[each].until,
    );
    return number === undefined ? undefined : { number, ...purse.epochs[number] };
  };

  /* The key under which this purse speaks in a thread (Ed25519, from the secret by HKDF). */
  const voice = async (purse, label) => {
    const secret = await crypto.subtle.importKey("raw", Passes.decode(purse.secret), "HKDF", false, [
      "deriveBits",
    ]);
    const info = text.encode(`madang thread ${label}`);
    const parameters = { name: "HKDF", hash: "SHA-256", salt: new Uint8Array(), info };
    const seed = new Uint8Array(await crypto.subtle.deriveBits(parameters, secret, 256));
    const bytes = Passes.join(ED25519, seed);
    const key = await crypto.subtle.importKey("pkcs8", bytes, "Ed25519", true, ["sign"]);
    const { x } = await crypto.subtle.exportKey("jwk", key);
    const pad = "=".repeat((4 - (x.length % 4)) % 4);
    const sign = async (message) =>
      Passes.encode(new Uint8Array(await crypto.subtle.sign("Ed25519", key, text.encode(message))));
    return { key: x + pad, sign };
  };

  /* Take a pass out of the purse, write down what is said with it, then send it. */
  const post = (who, { said, wait, parent, thread }) =>
    alone(who, async () => {
      const purse = await load(who);
      const { origin, challenge } = await directory(purse);
      const epoch = current(purse);
      const token = epoch?.passes[0];
      if (!token) throw new Refusal("no_pass");
      const label = thread ? (purse.threads[thread] ?? thread) : Passes.encode(Passes.random(16));
      const { key, sign } = await voice(purse, label);
      const renewal = await Passes.ask(Passes.decode(epoch.key), challenge);
      const nonce = Passes.encode(Passes.decode(token).slice(2, 34));
      const lines = ["madang anonymous post v1", nonce, parent ?? "", wait, renewal.request, said];
      const signature = await sign(lines.join("\n"));
      const body = { text: said, parent: parent ?? null, wait, key, signature, renewal: renewal.request };
      const sent = {
        token, nonce, body, origin, label, renewal, epoch: epoch.number, thread: thread ?? null, state: "new",
      };
      purse.epochs[epoch.number].passes.shift();
      purse.sent.unshift(sent);
      await save(who, purse);
      try {
        await deliver(sent);
      } catch (refusal) {
        if (refusal.isFinal) {
          purse.sent.shift();
          if (!["already_spent", "bad_pass", "too_late"].includes(refusal.code)) {
            purse.epochs[epoch.number].passes.unshift(token);
          }
          await save(who, purse);
        }
        throw refusal;
      }
      await save(who, purse);
      return sent;
    });

  /* Without cookies, without a referrer, without the cache: nothing of the session goes along. */
  const ask = (address, options) =>
    fetch(address, {
      credentials: "omit",
      referrerPolicy: "no-referrer",
      cache: "no-store",
      redirect: "error",
      ...options,
      headers: { "Accept-Language": document.documentElement.lang, ...options.headers },
    });

  const deliver = async (sent) => {
    const answer = await ask(`${sent.origin}/anon/posts`, {
      method: "POST",
      headers: { "Content-Type": "application/json", Authorization: `PrivateToken token="${sent.token}"` },
      body: JSON.stringify(sent.body),
    }).catch(() => {
      throw new Refusal("no_answer");
    });
    const told = await answer.json();
    if (answer.ok) {
      sent.state = "held";
      sent.by = told.written_by;
    } else if (answer.status === 409 && told.code === "already_spent" && sent.state !== "new") {
      sent.state = "written"; /* by an answer that did not arrive */
    } else {
      const refusal = new Refusal(told.code, told.message);
      refusal.isFinal = answer.status < 500;
      throw refusal;
    }
  };

  /* Ask what became of everything that is not known to be written; send again what was lost. */
  const look = (who) =>
    alone(who, async () => {
      const purse = await load(who);
      for (const sent of purse.sent.filter((each) => ["new", "held"].includes(each.state))) {
        const answer = await ask(`${sent.origin}/anon/posts/${sent.nonce}`, {}).catch(() => undefined);
        if (!answer) continue;
        if (answer.status === 404) {
          sent.state = "again";
          await deliver(sent).catch((refusal) => {
            sent.state = refusal.isFinal ? "refused" : "held";
            sent.why = refusal.message;
          });
          continue;
        }
        const told = await answer.json();
        sent.state = told.state ?? sent.state;
        if (sent.state !== "written") continue;
        sent.id = told.id;
        if (sent.id && !sent.thread) purse.threads[sent.id] = sent.label;
      }
      await save(who, purse);
      return purse;
    });

  /* Take the own post back, by the key of its thread. */
  const takeBack = (who, id) =>
    alone(who, async () => {
      const purse = await load(who);
      const sent = purse.sent.find((each) => each.id === id);
      const { sign } = await voice(purse, sent.label);
      const signature = await sign(`madang anonymous removal v1\n${id}`);
      const answer = await ask(`${sent.origin}/anon/posts/${id}`, {
        method: "DELETE",
        headers: { "Content-Type": "application/json" },
        body: JSON.stringify({ signature }),
      }).catch(() => {
        throw new Refusal("no_answer");
      });
      if (!answer.ok) throw new Refusal("no_answer", (await answer.json()).message);
      sent.state = "deleted";
      sent.body = { text: "" };
      await save(who, purse);
      return purse;
    });

  /* The whole purse as text, and a purse from such a text. */
  const copy = async (who) => JSON.stringify(await load(who));
  const bring = (who, written) =>
    alone(who, async () => {
      let purse;
      try {
        purse = JSON.parse(written);
        if (Passes.decode(purse.secret).length !== 32 || !Array.isArray(purse.sent)) throw new Error();
      } catch {
        throw new Refusal("no_purse");
      }
      await save(who, { ...empty(), ...purse });
      return load(who);
    });

  return { bring, copy, current, enrol, load, look, post, renew, takeBack };
})();
