/* Photos of drafts, in this browser's IndexedDB. Whatever fails here loses a photo of a draft, never the draft. */

const DATABASE = "drafts";
const STORE = "photos"; // rows {id, key, name, type, blob}

function open() {
  return new Promise((resolve, reject) => {
    const opening = indexedDB.open(DATABASE, 1);
    opening.onupgradeneeded = () => opening.result.createObjectStore(STORE, { keyPath: "id" }).createIndex("key", "key");
    opening.onsuccess = () => resolve(opening.result);
    opening.onerror = () => reject(opening.error);
  });
}

/** Runs `work(store)` in one transaction; resolves to the result of the request that `work` returns. */
async function inStore(mode, work) {
  const database = await open();
  return new Promise((resolve, reject) => {
    const transaction = database.transaction(STORE, mode);
    const request = work(transaction.objectStore(STORE));
    transaction.oncomplete = () => resolve(request?.result);
    transaction.onerror = transaction.onabort = () => reject(transaction.error);
  }).finally(() => database.close());
}

/** The files of draft `key` in place of its earlier ones. */
export async function keepPhotos(key, files) {
  await forgetPhotos(key);
  await inStore("readwrite", (store) => {
    files.forEach((file, i) => store.put({ id: `${key} ${i}`, key, name: file.name, type: file.type, blob: file }));
  });
}

export async function photosOf(key) {
  const rows = await inStore("readonly", (store) => store.index("key").getAll(key));
  return rows.map(({ blob, name, type }) => new File([blob], name, { type }));
}

export async function forgetPhotos(key) {
  const ids = await inStore("readonly", (store) => store.index("key").getAllKeys(key));
  await inStore("readwrite", (store) => {
    for (const id of ids) store.delete(id);
  });
}
