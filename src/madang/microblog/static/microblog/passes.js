/* Passes that nobody can trace: RFC 9474 (RSABSSA-SHA384-PSS-Deterministic) and RFC 9578, token
   type 2, with the browser's own numbers and hashes. Bytes are Uint8Array. */
const Passes = (() => {
  "use strict";

  const TYPE = [0, 2];
  const BYTES = 256;
  const SALT = 48;
  const HASH = 48;
  const TAIL = [0x02, 0x03, 0x01, 0x00, 0x01];
  const E = 65537n;

  const join = (...parts) => Uint8Array.from(parts.flatMap((part) => [...part]));
  const random = (length) => crypto.getRandomValues(new Uint8Array(length));
  const digest = async (name, data) => new Uint8Array(await crypto.subtle.digest(name, data));
  const hex = (bytes) => [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  const fromHex = (text) => Uint8Array.from(text.match(/../g) ?? [], (pair) => parseInt(pair, 16));
  const same = (one, other) => hex(one) === hex(other);
  const encode = (bytes) =>
    btoa(String.fromCharCode(...bytes)).replaceAll("+", "-").replaceAll("/", "_");
  const decode = (text) =>
    Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (c) => c.charCodeAt(0));
  const number = (bytes) => BigInt(`0x${hex(bytes)}`);
  const octets = (value) => fromHex(value.toString(16).padStart(2 * BYTES, "0"));

  const power = (base, exponent, modulus) => {
    let result = 1n;
    for (let [b, e] = [base % modulus, exponent]; e > 0n; e >>= 1n, b = (b * b) % modulus) {
      if (e & 1n) result = (result * b) % modulus;
    }
    return result;
  };

  /* The inverse of `value`; nothing where there is none. */
  const inverse = (value, modulus) => {
    let [a, b, x, y] = [value, modulus, 1n, 0n];
    while (b) {
      const quotient = a / b;
      [a, b, x, y] = [b, a - quotient * b, y, x - quotient * y];
    }
    return a === 1n ? ((x % modulus) + modulus) % modulus : undefined;
  };

  /* RFC 8017, B.2.1. */
  const mask = async (seed, length) => {
    const blocks = [];
    for (let counter = 0; counter * HASH < length; counter += 1) {
      blocks.push(await digest("SHA-384", join(seed, [0, 0, 0, counter])));
    }
    return join(...blocks).slice(0, length);
  };

  /* EMSA-PSS-ENCODE of RFC 8017, 9.1.1, for a key of 2048 bits. */
  const pad = async (message, salt) => {
    const hashed = await digest("SHA-384", join(new Uint8Array(8), await digest("SHA-384", message), salt));
    const block = join(new Uint8Array(BYTES - SALT - HASH - 2), [1], salt);
    const masked = (await mask(hashed, block.length)).map((byte, at) => byte ^ block[at]);
    masked[0] &= 0x7f;
    return join(masked, hashed, [0xbc]);
  };

  /* The modulus of a key as the issuer publishes it (RFC 9578, 6.5). */
  const modulus = (spki) => {
    if (!same(spki.slice(-TAIL.length), TAIL)) throw new Error("key");
    return number(spki.slice(-TAIL.length - BYTES, -TAIL.length));
  };

  /* RFC 9474, 4.2: the blinded message, and what takes the blind off again. */
  const blind = async (spki, message, { salt = random(SALT), factor } = {}) => {
    const n = modulus(spki);
    const m = number(await pad(message, salt));
    let r = factor;
    let inverted = r && inverse(r, n);
    while (!inverted) {
      r = number(random(BYTES)) % n;
      inverted = r && inverse(r, n);
    }
    return { blinded: octets((m * power(r, E, n)) % n), inverse: octets(inverted), padded: octets(m) };
  };

  /* RFC 9474, 4.4: the signature; throws where the issuer's answer is none for this message. */
  const finalize = (spki, { inverse: inverted, padded }, answer) => {
    const n = modulus(spki);
    const signature = (number(answer) * number(inverted)) % n;
    if (power(signature, E, n) !== number(padded)) throw new Error("signature");
    return octets(signature);
  };

  const keyId = (spki) => digest("SHA-256", spki);

  /* A TokenRequest (RFC 9578, 6.1) and what turns its answer into a pass, all as text. */
  const ask = async (spki, challenge, options = {}) => {
    const nonce = options.nonce ?? random(32);
    const id = await keyId(spki);
    const signed = join(TYPE, nonce, await digest("SHA-256", challenge), id);
    const { blinded, inverse: inverted, padded } = await blind(spki, signed, options);
    return {
      request: encode(join(TYPE, id.slice(-1), blinded)),
      nonce: encode(nonce),
      signed: encode(signed),
      inverse: encode(inverted),
      padded: encode(padded),
    };
  };

  /* The pass (RFC 9577, 2.2) as text. */
  const finish = (spki, pending, answer) => {
    const blinding = { inverse: decode(pending.inverse), padded: decode(pending.padded) };
    return encode(join(decode(pending.signed), finalize(spki, blinding, decode(answer))));
  };

  return { ask, blind, decode, digest, encode, finalize, finish, fromHex, hex, join, keyId, number, random, same };
})();
