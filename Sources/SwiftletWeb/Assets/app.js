// The dashboard: a page over the service's own routes, without anything from elsewhere.
const $ = (id) => document.getElementById(id);
const words = (text) => String(text ?? "").replaceAll("_", " ");
const done = (job) => !["queued", "running"].includes(job.status);

function element(tag, properties = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (name in node) node[name] = value;
    else node.setAttribute(name, value);
  }
  node.append(...children);
  return node;
}

// Talking to the service. A token, where one is asked for, stays in this tab.
let token = sessionStorage.getItem("token") ?? "";

async function ask(path, options = {}) {
  const headers = new Headers(options.headers);
  if (token) headers.set("Authorization", `Bearer ${token}`);
  const response = await fetch(path, { ...options, headers });
  if (response.status === 401) {
    $("sign-in").hidden = false;
    throw new Error("This service asks for a token.");
  }
  if (!response.ok) {
    const problem = await response.json().catch(() => ({}));
    const error = new Error(problem.detail ?? `The service answered ${response.status}.`);
    throw Object.assign(error, { status: response.status });
  }
  return response;
}

const json = async (path, options) => (await ask(path, options)).json();
const send = (path, method, body) =>
  json(path, { method, headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) });

function say(text) { $("message").textContent = text; }
const tell = (work) => work().catch((error) => say(error.message));

$("sign-in").addEventListener("submit", (event) => {
  event.preventDefault();
  token = $("token").value;
  sessionStorage.setItem("token", token);
  $("sign-in").hidden = true;
  say("");
  tell(start);
});

// Pictures are fetched with the token and kept as local addresses, the latest ones only.
const pictures = new Map();

async function picture(url, version) {
  const key = `${url}#${version}`;
  if (!pictures.has(key)) {
    pictures.set(key, ask(url).then((r) => r.blob()).then((b) => URL.createObjectURL(b)));
    if (pictures.size > 300) {
      const [oldest, address] = pictures.entries().next().value;
      pictures.delete(oldest);
      address.then(URL.revokeObjectURL, () => {});
    }
  }
  return pictures.get(key);
}

async function save(path, name) {
  const address = URL.createObjectURL(await (await ask(path)).blob());
  element("a", { href: address, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(address), 10000);
}

// Views.
const tabs = ["photos", "review", "jobs"];

function show(name) {
  for (const tab of tabs) {
    $(tab).hidden = tab !== name;
    $(`tab-${tab}`).setAttribute("aria-selected", String(tab === name));
    $(`tab-${tab}`).tabIndex = tab === name ? 0 : -1;
  }
  if (name === "review") tell(loadReview);
  if (name === "jobs") tell(() => loadJobs());
}

for (const tab of tabs) {
  $(`tab-${tab}`).addEventListener("click", () => show(tab));
  $(`tab-${tab}`).addEventListener("keydown", (event) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!step) return;
    const next = tabs[(tabs.indexOf(tab) + step + tabs.length) % tabs.length];
    show(next);
    $(`tab-${next}`).focus();
  });
}

// A grid of photos. Cards are kept, so that focus and scrolling stay where they are.
class Grid {
  constructor(list) {
    this.list = list;
    this.cards = new Map();
    this.items = [];
  }

  show(items) {
    this.items = items;
    const wanted = new Set(items.map((item) => item.url));
    for (const [url, card] of this.cards) {
      if (!wanted.has(url)) { card.row.remove(); this.cards.delete(url); }
    }
    items.forEach((item, index) => {
      let card = this.cards.get(item.url);
      if (!card) {
        const image = element("img", { alt: "", hidden: true });
        const name = element("span", { className: "name" });
        const state = element("span", { className: "state" });
        const button = element("button", { type: "button", className: "card" },
          element("span", { className: "thumb" }, image),
          element("span", { className: "text" }, name, state));
        card = { row: element("li", {}, button), image, name, state, button, shown: "" };
        button.addEventListener("click", () => detail.open(this, item.url));
        this.cards.set(item.url, card);
      }
      if (this.list.children[index] !== card.row) this.list.insertBefore(card.row, this.list.children[index] ?? null);
      const label = item.name || `photo ${item.index + 1}`;
      const verdict = item.status === "succeeded" ? item.verdict : item.status;
      card.name.textContent = label;
      card.state.textContent = words(item.error && item.status === "failed" ? item.error.title : verdict);
      card.state.className = `state ${verdict}`;
      card.button.className = `card ${item.status}`;
      const url = item.output_url ?? item.input_url;
      const version = `${item.attempts}-${item.status}`;
      if (url && card.shown !== url + version) {
        card.shown = url + version;
        picture(url, version).then((address) => {
          card.image.src = address;
          card.image.hidden = false;
        }, () => {});
      }
    });
  }
}

const grid = new Grid($("grid"));
const reviewGrid = new Grid($("review-grid"));

// One photo: before and after, verdict, tags.
const detail = {
  async open(from, url) {
    this.from = from;
    this.url = url;
    if (!$("detail").open) $("detail").showModal();
    await tell(() => this.load());
  },

  async load() {
    const item = await json(this.url);
    const isSame = this.item?.url === item.url && this.item.output_url === item.output_url;
    this.item = item;
    $("detail-title").textContent = item.name || `photo ${item.index + 1}`;
    const verdict = item.status === "succeeded" ? item.verdict : item.status;
    $("verdict").className = `state ${verdict}`;
    $("verdict").textContent = words(verdict) + (item.width ? ` · ${item.width} × ${item.height}` : "");
    $("decision").hidden = !(item.review && item.output_url);
    $("compare").hidden = !item.input_url;
    $("after").hidden = !item.output_url;
    $("slider").disabled = !item.output_url;
    const version = `${item.attempts}-${item.status}`;
    const [before, after] = await Promise.all(
      [item.input_url, item.output_url].map((u) => (u ? picture(u, version).catch(() => "") : "")));
    $("before").src = before;
    if (after) $("after").src = after; else $("after").removeAttribute("src");
    if (!isSame) this.slide(item.output_url ? 50 : 100);
    this.showFindings(item);
    $("tags").value = item.tags.join(", ");
    $("alt").value = item.alt_text;
    $("tags-form").hidden = !item.report;
    $("redo-form").hidden = !item.input_url || ["queued", "running"].includes(item.status);
    $("redo-profile").value = item.options.profile ?? "";
    $("redo-background").value = item.options.background ?? "";
    $("picture").hidden = !item.output_url;
    $("plan").replaceChildren(...(item.report?.plan ?? []).flatMap((step) =>
      [element("dt", {}, words(step.step)), element("dd", {}, `${Math.round(step.ms ?? step.milliseconds ?? 0)} ms`)]));
  },

  showFindings(item) {
    const value = (v) => (v && typeof v === "object"
      ? Object.entries(v).map(([name, x]) => `${words(name)} ${value(x)}`).join(", ")
      : typeof v === "number" ? String(Math.round(v * 1000) / 1000) : String(v));
    const line = (finding, kind) => element("li", { className: kind },
      element("strong", {}, `${kind === "mended" ? "mended" : finding.severity}: ${words(finding.rule.replaceAll(".", ": "))}`),
      element("span", {}, `measured: ${value(finding.measured)}; required: ${value(finding.required)}`),
      ...(finding.fix ? [element("span", {}, `fix: ${finding.fix}`)] : []));
    const qa = item.report?.qa ?? {};
    const lines = [
      ...(item.error ? [element("li", { className: "error" }, element("strong", {}, item.error.title), element("span", {}, item.error.detail))] : []),
      ...(qa.findings ?? []).map((finding) => line(finding, finding.severity)),
      ...(qa.mended ?? []).map((finding) => line(finding, "mended")),
    ];
    $("findings").replaceChildren(lines.length ? element("ul", {}, ...lines)
      : element("p", { className: "hint" }, item.report ? "Nothing stands against it." : ""));
  },

  slide(percent) {
    $("slider").value = percent;
    $("clip").style.clipPath = `inset(0 ${100 - percent}% 0 0)`;
    $("handle").style.left = `${percent}%`;
    $("handle").hidden = percent >= 100;
  },

  step(offset) {
    const urls = this.from.items.map((item) => item.url);
    const next = urls[urls.indexOf(this.url) + offset];
    if (next) this.open(this.from, next);
  },

  async change(work) {
    await tell(async () => {
      await work();
      await this.load();
      await refresh();
    });
  },
};

$("slider").addEventListener("input", () => detail.slide(Number($("slider").value)));
$("stage").addEventListener("pointermove", (event) => {
  if (event.buttons !== 1 || $("slider").disabled) return;
  const box = $("stage").getBoundingClientRect();
  detail.slide(Math.min(100, Math.max(0, ((event.clientX - box.left) / box.width) * 100)));
});
$("close").addEventListener("click", () => $("detail").close());
$("previous").addEventListener("click", () => detail.step(-1));
$("next").addEventListener("click", () => detail.step(1));
$("detail").addEventListener("keydown", (event) => {
  if (event.target.closest("input, select")) return;
  const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
  if (step) detail.step(step);
});
$("accept").addEventListener("click", () =>
  detail.change(() => ask(`${detail.url}/accept`, { method: "POST" })));
$("redo-form").addEventListener("submit", (event) => {
  event.preventDefault();
  detail.change(async () => {
    await send(`${detail.url}/redo`, "POST", options($("redo-profile").value, $("redo-background").value));
    watch(detail.item.job_id);
  });
});
$("tags-form").addEventListener("submit", (event) => {
  event.preventDefault();
  const tags = $("tags").value.split(",").map((tag) => tag.trim()).filter(Boolean);
  detail.change(() => send(`${detail.url}/tags`, "PUT", { tags, alt_text: $("alt").value }));
});
$("picture").addEventListener("click", (event) => {
  event.preventDefault();
  const suffix = detail.item.report?.format === "png" ? "png" : "jpg";
  const stem = (detail.item.name || "photo").replace(/\.[^.]*$/, "");
  tell(() => save(detail.item.output_url, `${stem}-listing.${suffix}`));
});

// Sending photos, and following their jobs.
function options(profile, background) {
  return { ...(profile && { profile }), ...(background && { background }) };
}

const watched = new Map();

async function upload(files) {
  const photos = [...files].filter((file) => file.type.startsWith("image/") || /\.(jpe?g|png)$/i.test(file.name));
  if (!photos.length) return say("There is no photo among these files.");
  say("");
  const wanted = options($("profile").value, $("background").value);
  for (let start = 0; start < photos.length; start += 50) {
    const form = new FormData();
    for (const [name, value] of Object.entries(wanted)) form.append(name, value);
    for (const photo of photos.slice(start, start + 50)) form.append("files", photo, photo.name);
    $("progress").hidden = false;
    $("bar").removeAttribute("value");
    $("bar-text").textContent = "sending";
    const { job_id } = await json("/batch", { method: "POST", body: form, headers: { "Idempotency-Key": crypto.randomUUID() } });
    watch(job_id);
  }
  show("photos");
}

function watch(id) {
  if (!watched.has(id)) watched.set(id, null);
  sessionStorage.setItem("jobs", JSON.stringify([...watched.keys()].slice(-10)));
  schedule(0);
}

async function refresh() {
  for (const id of watched.keys()) {
    const known = watched.get(id);
    if (known && done(known) && !stale.has(id)) continue;
    stale.delete(id);
    try {
      watched.set(id, await json(`/jobs/${id}`));
    } catch (error) {
      // Only the service's own word that there is no such job is the end of it: a service that
      // starts again, or is out of reach, still has it.
      if (error.status === 404) {
        watched.delete(id);
      } else {
        stale.add(id);
        throw error;
      }
    }
  }
  const jobs = [...watched.values()].filter(Boolean).reverse();
  grid.show(jobs.flatMap((job) => job.items ?? []));
  const total = jobs.reduce((sum, job) => sum + job.total, 0);
  const waiting = jobs.reduce((sum, job) => sum + job.counts.queued + job.counts.running, 0);
  $("progress").hidden = total === 0;
  $("bar").max = total || 1;
  $("bar").value = total - waiting;
  $("bar-text").textContent = waiting ? `${total - waiting} of ${total}` : `${total} finished`;
  const latest = jobs[0];
  for (const kind of ["zip", "csv"]) $(kind).setAttribute("aria-disabled", String(!latest || !done(latest)));
  for (const kind of ["zip", "csv"]) $(kind).href = latest ? latest.results[kind] : "";
  $("again").disabled = !latest || !done(latest);
  return waiting > 0;
}

const stale = new Set();
let timer;

function schedule(delay) {
  clearTimeout(timer);
  timer = setTimeout(async () => {
    let pause = 5000;
    try {
      if (await refresh()) pause = 700;
      await live();
      if (!$("review").hidden) await loadReview();
    } catch (error) {
      say(error.message);
    }
    schedule(pause);
  }, delay);
}

for (const kind of ["zip", "csv"]) {
  $(kind).addEventListener("click", (event) => {
    event.preventDefault();
    const jobs = [...watched.values()].filter(Boolean);
    tell(() => save(jobs.at(-1).results[kind], `results.${kind}`));
  });
}

$("again").addEventListener("click", () => tell(async () => {
  const job = [...watched.values()].filter(Boolean).at(-1);
  const wanted = options($("profile").value, $("background").value);
  for (const item of job.items.filter((item) => item.input_url)) await send(`${item.url}/redo`, "POST", wanted);
  stale.add(job.job_id);
  schedule(0);
}));

$("files").addEventListener("change", () => {
  tell(() => upload($("files").files)).then(() => { $("files").value = ""; });
});
for (const name of ["dragenter", "dragover"]) {
  document.addEventListener(name, (event) => { event.preventDefault(); $("drop").classList.add("over"); });
}
for (const name of ["dragleave", "drop"]) {
  document.addEventListener(name, (event) => { event.preventDefault(); $("drop").classList.remove("over"); });
}
document.addEventListener("drop", (event) => tell(() => upload(event.dataTransfer.files)));
document.addEventListener("paste", (event) => {
  if (event.clipboardData.files.length) tell(() => upload(event.clipboardData.files));
});

// The review queue and the table of jobs.
async function loadReview() {
  const { items } = await json("/review?limit=200");
  reviewGrid.show(items);
}

async function loadJobs(cursor) {
  const page = await json(`/jobs?limit=30${cursor ? `&cursor=${cursor}` : ""}`);
  const rows = page.jobs.map((job) => {
    const link = (kind) => {
      const anchor = element("a", { className: "button", href: job.results[kind] }, kind);
      anchor.addEventListener("click", (event) => {
        event.preventDefault();
        tell(() => save(job.results[kind], `${job.job_id.slice(0, 8)}.${kind}`));
      });
      return anchor;
    };
    const open = element("button", { type: "button" }, job.job_id.slice(0, 8));
    open.addEventListener("click", () => {
      watched.delete(job.job_id);
      watch(job.job_id);
      stale.add(job.job_id);
      show("photos");
    });
    const remove = element("button", { type: "button" }, done(job) ? "Delete" : "Cancel");
    remove.addEventListener("click", () => tell(async () => {
      await ask(job.url, { method: "DELETE" });
      watched.delete(job.job_id);
      await loadJobs();
      await refresh();
    }));
    const finished = job.total - job.counts.queued - job.counts.running;
    const time = (text) => (text ? new Date(text).toLocaleString() : "");
    const gone = job.status === "expired";
    return element("tr", {},
      element("td", {}, gone ? job.job_id.slice(0, 8) : open),
      element("td", {}, element("span", { className: `state ${job.status}` }, job.status)),
      element("td", {}, `${finished} of ${job.total}` + (job.counts.failed ? `, ${job.counts.failed} failed` : "") + (job.review ? `, ${job.review} in review` : "")),
      element("td", { "data-label": "begun" }, time(job.created_at)),
      element("td", { "data-label": "kept until" }, time(job.expires_at)),
      element("td", {}, ...(gone ? [] : ["zip", "csv", "jsonl"].map(link))), element("td", {}, remove));
  });
  if (cursor) $("job-rows").append(...rows); else $("job-rows").replaceChildren(...rows);
  $("more-jobs").hidden = !page.next_cursor;
  $("more-jobs").onclick = () => tell(() => loadJobs(page.next_cursor));
}

$("metrics-link").addEventListener("click", (event) => {
  if (!token) return;
  event.preventDefault();
  tell(() => save("/metrics", "metrics.txt"));
});

// Live figures, from the metrics.
const history = [];
let lastTotals;

async function live() {
  const text = await (await ask("/metrics")).text();
  const sum = (name) => [...text.matchAll(new RegExp(`^${name}(?:\\{[^}]*\\})? (\\S+)$`, "gm"))]
    .reduce((total, match) => total + Number(match[1]), 0);
  const now = {
    time: performance.now(), photos: sum("swiftlet_images_processed_total"),
    seconds: sum("swiftlet_stage_duration_seconds_sum"),
  };
  $("live-queue").textContent = sum("swiftlet_job_items_waiting") + sum("swiftlet_queue_depth");
  const reviews = sum("swiftlet_review_items");
  $("review-count").textContent = reviews;
  $("review-count").hidden = reviews === 0;
  if (lastTotals) {
    const photos = now.photos - lastTotals.photos;
    history.push((photos / (now.time - lastTotals.time)) * 60000);
    if (history.length > 60) history.shift();
    $("live-rate").textContent = Math.round(history.slice(-5).reduce((a, b) => a + b, 0) / Math.min(5, history.length));
    if (photos > 0) $("live-time").textContent = `${Math.round(((now.seconds - lastTotals.seconds) / photos) * 1000)} ms`;
    const top = Math.max(1, ...history);
    $("live-line").setAttribute("points", history.map((value, i) =>
      `${(i / Math.max(1, history.length - 1)) * 120},${27 - (value / top) * 26}`).join(" "));
  }
  lastTotals = now;
}

async function start() {
  const { profiles } = await json("/profiles");
  $("profile").replaceChildren($("profile").options[0], ...profiles.map((name) => new Option(name, name)));
  $("profile").value = localStorage.getItem("profile") ?? "";
  if ($("profile").selectedIndex < 0) $("profile").value = "";
  $("redo-profile").replaceChildren(new Option("none: keep the frame", ""), ...profiles.map((name) => new Option(name, name)));
  for (const id of JSON.parse(sessionStorage.getItem("jobs") ?? "[]")) watched.set(id, null);
  schedule(0);
}

$("profile").addEventListener("change", () => localStorage.setItem("profile", $("profile").value));
tell(start);
