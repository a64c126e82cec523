/* The proof of work: a sum that a worker does while the person types, so that nothing has to be waited for.

   It begins with the first touch of a form that holds `[data-proof]`, or at once where the page is there to be sent. Sent
   before it is done, the form waits for it and says so; where it cannot be done (no secure connection, no worker, too
   slow) the form goes without, and a moderator reads first. Nothing is ever lost over it.

   Not a module: those run when the page is whole, and a quick press of "send" would leave without a proof. */

"use strict";

const FRESH_MS = 15 * 60_000; // younger than the server holds it open
const PATIENCE_MS = 20_000; // that a press of "send" waits

class Proof {
  constructor(field) {
    this.field = field;
    this.form = field.form;
    this.status = this.form.querySelector("[data-proof-status]");
    this.forget();
    this.form.addEventListener("focusin", () => this.begin());
    this.form.addEventListener("pointerdown", () => this.begin());
    // Before every other listener of the form: they see only the press that leaves.
    this.form.addEventListener("submit", (event) => this.onSubmit(event), { capture: true });
    addEventListener("pageshow", (event) => event.persisted && this.forget());
    if ("proofNow" in field.dataset) this.begin();
  }

  /* Begins where nothing was begun, or it has grown old. */
  begin() {
    if (this.begun && Date.now() - this.begun <= FRESH_MS) return;
    this.begun = Date.now();
    this.isReady = false;
    this.done = this.work()
      .catch(() => "")
      .then((proof) => {
        this.field.value = proof;
        this.isReady = true;
      });
  }

  async work() {
    const challenge = await (await fetch(this.field.dataset.proof)).json();
    return packed(challenge, await solved(challenge, this.field.dataset.proofWorker));
  }

  /* A form that is sent while its submit event still runs is not sent at all: what is ready leaves by this very press. */
  async onSubmit(event) {
    this.begin();
    if (this.isReady || (event.submitter && "withoutProof" in event.submitter.dataset)) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    if (this.isWaiting) return;
    this.isWaiting = true;
    this.status.textContent = this.status.dataset.proofWords;
    await Promise.race([this.done, after(PATIENCE_MS)]);
    this.isWaiting = false;
    this.isReady = true;
    this.form.requestSubmit(event.submitter);
  }

  forget() {
    this.begun = 0;
    this.isReady = this.isWaiting = false;
    this.field.value = this.status.textContent = "";
  }
}

/* The answer of the worker to `challenge`. Rejects where there is none. */
function solved(challenge, address) {
  return new Promise((resolve, reject) => {
    const worker = new Worker(address);
    const end = (settle, value) => {
      worker.terminate();
      settle(value);
    };
    worker.onerror = () => end(reject, new Error("the worker does not start"));
    worker.onmessage = ({ data }) => {
      if (data && "counter" in data) end(resolve, data);
      else end(reject, new Error("no solution"));
    };
    worker.postMessage({ type: "work", challenge, counterStart: 0, counterStep: 1 });
  });
}

function packed(challenge, solution) {
  return btoa(JSON.stringify({ challenge, solution }));
}

function after(wait) {
  return new Promise((resolve) => setTimeout(resolve, wait, ""));
}

for (const field of document.querySelectorAll("[data-proof]")) new Proof(field);
