// The console: a table of scenarios, polled and told of changes over the event-bus bridge, and a live view of one.
import { colourOf, countsOf, draw, wordsOf } from './overlay.js';

const POLL_MILLIS = 2000;
const PING_MILLIS = 10_000;
const MAX_LISTENED = 50;
const MAX_LISTED = 30;
const RETRY_MILLIS = [500, 1000, 2000, 5000];

const byId = id => document.getElementById(id);
const rows = new Map();
const newest = new Map();
let scenarios = [];
let loaded = false;

// Everything from outside becomes text, never markup.
function make(tag, text = '', className = '') {
  const element = document.createElement(tag);
  element.textContent = text;
  element.className = className;
  return element;
}

function setText(element, text) {
  if (element.textContent !== text) {
    element.textContent = text;
  }
}

function showError(element, sentence) {
  setText(element, sentence ?? '');
  element.hidden = !sentence;
}

function setPill(element, text, kind) {
  setText(element, text);
  element.className = `pill ${kind}`;
}

function age(millis) {
  if (millis == null) {
    return '–';
  }
  return millis < 60_000 ? `${(millis / 1000).toFixed(1)} s` : `${Math.floor(millis / 60_000)} min`;
}

/** @throws an Error whose message is a sentence for the user */
async function request(method, path, body) {
  let response;
  try {
    response = await fetch(path, {
      method,
      headers: body ? { 'Content-Type': 'application/json' } : {},
      body: body ? JSON.stringify(body) : undefined,
      signal: AbortSignal.timeout(15_000),
    });
  } catch {
    throw new Error('The API does not answer; trying again.');
  }
  const json = response.status === 204 ? null : await response.json().catch(() => null);
  if (!response.ok) {
    throw new Error(json?.detail ?? `The API answered ${response.status}.`);
  }
  return json;
}

// The table ----------------------------------------------------------------------------------------------------------

const STATUS_WORDS = {
  init_startup: ['starting', 'waiting'],
  in_startup_processing: ['starting', 'waiting'],
  active: ['active', 'good'],
  init_shutdown: ['stopping', 'waiting'],
  in_shutdown_processing: ['stopping', 'waiting'],
  inactive: ['inactive', 'idle'],
};
const SOURCE_KINDS = { streaming: 'good', connecting: 'waiting', backing_off: 'bad', ended: 'idle' };

function makeRow(uuid) {
  const tr = document.createElement('tr');
  const cells = {};
  for (const name of ['id', 'source', 'status', 'model', 'stream', 'age', 'objects', 'actions']) {
    cells[name] = tr.appendChild(make('td', '', { id: 'number', age: 'number' }[name] ?? name));
  }
  const open = cells.source.appendChild(make('button'));
  open.type = 'button';
  const source = open.appendChild(make('bdi'));
  const status = cells.status.appendChild(make('span', '', 'pill'));
  const reason = cells.status.appendChild(make('small'));
  const stream = cells.stream.appendChild(make('span', '', 'pill'));
  const why = cells.stream.appendChild(make('small'));
  const act = (label, method, path) => {
    const button = cells.actions.appendChild(make('button', label));
    button.type = 'button';
    button.addEventListener('click', event => {
      event.stopPropagation();
      command(button, method, `/api/v1/scenario/${uuid}${path}`);
    });
    return button;
  };
  const start = act('Start', 'POST', '/start');
  const stop = act('Stop', 'POST', '/shutdown');
  const remove = act('Delete', 'DELETE', '');
  tr.addEventListener('click', () => live.open(uuid));
  return { tr, cells, open, source, status, reason, stream, why, start, stop, remove };
}

function showRow(row, s) {
  setText(row.cells.id, String(s.scenario_id));
  setText(row.source, s.camera_url);
  row.open.title = s.camera_url;
  const [word, kind] = STATUS_WORDS[s.status] ?? [s.status, 'idle'];
  setPill(row.status, word, kind);
  row.status.title = s.status;
  setText(row.reason, s.status_reason ?? '');
  setText(row.cells.model, s.model);
  row.stream.hidden = !s.source;
  setPill(row.stream, s.source?.state.replaceAll('_', ' ') ?? '', SOURCE_KINDS[s.source?.state] ?? 'idle');
  setText(row.why, s.source?.reason ?? '');
  setText(row.cells.age, s.source ? age(s.source.frame_age_ms) : '–');
  setText(row.cells.objects, objectsOf(s));
  row.start.hidden = s.status !== 'inactive';
  row.remove.hidden = s.status !== 'inactive';
  row.stop.hidden = s.status === 'inactive';
  row.stop.disabled = s.status.includes('shutdown');
  row.tr.classList.toggle('chosen', live.uuid === s.scenario_uuid);
}

function objectsOf(s) {
  const result = newest.get(s.scenario_uuid);
  if (!result || s.status === 'inactive') {
    return '–';
  }
  return result.gated ? 'no motion' : wordsOf(result.detections);
}

function showTable() {
  const body = byId('rows');
  const present = new Set(scenarios.map(s => s.scenario_uuid));
  for (const [uuid, row] of rows) {
    if (!present.has(uuid)) {
      row.tr.remove();
      rows.delete(uuid);
      newest.delete(uuid);
    }
  }
  scenarios.forEach((s, index) => {
    let row = rows.get(s.scenario_uuid);
    if (!row) {
      row = makeRow(s.scenario_uuid);
      rows.set(s.scenario_uuid, row);
    }
    showRow(row, s);
    if (body.children[index] !== row.tr) {
      body.insertBefore(row.tr, body.children[index] ?? null);
    }
  });
  byId('empty').hidden = !loaded || scenarios.length > 0;
}

let polling = false;
async function poll() {
  if (polling) {
    return;
  }
  polling = true;
  try {
    const page = await request('GET', '/api/v1/scenario?limit=100');
    scenarios = page.scenarios;
    loaded = true;
    byId('more').hidden = page.next == null;
    const active = scenarios.filter(s => s.status === 'active').length;
    setText(byId('summary'), `${scenarios.length}${page.next == null ? '' : '+'} scenarios, ${active} active`);
    showError(byId('list-error'), null);
    showTable();
    bridge.listen(scenarios.filter(s => s.status !== 'inactive').slice(0, MAX_LISTENED).map(s => s.scenario_uuid));
  } catch (e) {
    showError(byId('list-error'), e.message);
  } finally {
    polling = false;
  }
}

async function command(button, method, path) {
  if (method === 'DELETE' && !window.confirm('Delete this scenario and its stored predictions?')) {
    return;
  }
  button.disabled = true;
  try {
    await request(method, path);
    await poll();
  } catch (e) {
    showError(byId('list-error'), e.message);
  } finally {
    button.disabled = false;
  }
}

byId('create').addEventListener('submit', async event => {
  event.preventDefault();
  const form = event.currentTarget;
  const field = name => form.elements[name];
  const body = { camera_url: field('camera_url').value.trim(), options: {} };
  if (field('model').value) {
    body.model = field('model').value;
  }
  if (field('fps').value !== '') {
    body.fps = Number(field('fps').value);
  }
  ['loop', 'realtime'].filter(name => field(name).checked).forEach(name => { body.options[name] = true; });
  try {
    const created = await request('POST', '/api/v1/scenario/init', body);
    showError(byId('create-error'), null);
    form.reset();
    await poll();
    live.open(created.scenario_uuid);
  } catch (e) {
    showError(byId('create-error'), e.message);
  }
});

async function loadModels() {
  try {
    const { models } = await request('GET', '/api/v1/models');
    const select = byId('create').elements.model;
    const chosen = select.value;
    select.replaceChildren(new Option('default', ''), ...models.map(m => {
      const option = new Option(m.available ? m.name : `${m.name} (not available)`, m.name);
      option.disabled = !m.available;
      option.title = m.problem ?? '';
      return option;
    }));
    select.value = chosen;
  } catch {
    // Without inference the default model is all there is to choose.
  }
}

// The bridge: newest objects of every row, and word of every change of a status ------------------------------------------

const bridge = {
  socket: null,
  attempts: 0,
  wanted: new Set(),
  registered: new Set(),
  decoder: new TextDecoder(),

  connect() {
    const scheme = location.protocol === 'https:' ? 'wss' : 'ws';
    const socket = new WebSocket(`${scheme}://${location.host}/eventbus/websocket`);
    socket.binaryType = 'arraybuffer';
    let ping;
    socket.onopen = () => {
      this.socket = socket;
      this.attempts = 0;
      setPill(byId('connection'), 'live', 'good');
      this.say('ping');
      ping = setInterval(() => this.say('ping'), PING_MILLIS);
      this.say('register', 'scenarios.status');
      this.update();
      poll();
    };
    socket.onmessage = event => this.hear(JSON.parse(this.decoder.decode(event.data)));
    socket.onclose = () => {
      clearInterval(ping);
      this.socket = null;
      this.registered.clear();
      setPill(byId('connection'), 'reconnecting', 'waiting');
      setTimeout(() => this.connect(), RETRY_MILLIS[Math.min(this.attempts++, RETRY_MILLIS.length - 1)]);
    };
  },

  say(type, address) {
    this.socket.send(JSON.stringify(address ? { type, address, headers: {} } : { type }));
  },

  hear(message) {
    if (message.type !== 'rec') {
      return;
    }
    if (message.address === 'scenarios.status') {
      poll();
    } else {
      newest.set(message.body.scenario_uuid, message.body);
    }
  },

  listen(uuids) {
    this.wanted = new Set(uuids.map(uuid => `predictions.${uuid}`));
    this.update();
  },

  update() {
    if (!this.socket) {
      return;
    }
    for (const address of this.registered) {
      if (!this.wanted.has(address)) {
        this.say('unregister', address);
        this.registered.delete(address);
      }
    }
    for (const address of this.wanted) {
      if (!this.registered.has(address)) {
        this.say('register', address);
        this.registered.add(address);
      }
    }
  },
};

// The live view ------------------------------------------------------------------------------------------------------------

const live = {
  uuid: null,
  stream: null,
  last: null,
  shown: null,
  at: 0,

  open(uuid) {
    this.close();
    this.uuid = uuid;
    byId('live').hidden = false;
    byId('stage-hint').hidden = false;
    byId('newest').replaceChildren();
    byId('counts').replaceChildren();
    draw(byId('overlay'), { detections: [] });
    setText(byId('live-age'), '');
    history.replaceState(null, '', `#${uuid}`);
    showTable();
    this.title();
    this.listen(-1);
    byId('live').scrollIntoView({ behavior: 'smooth', block: 'nearest' });
  },

  async listen(afterFrame) {
    const uuid = this.uuid;
    setPill(byId('live-state'), 'connecting', 'waiting');
    let after = afterFrame;
    try {
      const stored = await request('GET', `/api/v1/prediction/${uuid}?limit=${MAX_LISTED}`);
      if (this.uuid !== uuid) {
        return;
      }
      stored.results.filter(r => r.frame_number > after).forEach(r => this.predicted(r, Date.parse(r.timestamp)));
      after = stored.results.at(-1)?.frame_number ?? after;
    } catch {
      // The stream below tells what is wrong, and tries again.
    }
    const stream = new EventSource(`/api/v1/prediction/${uuid}/stream?after_frame=${after}`);
    this.stream = stream;
    stream.onopen = () => setPill(byId('live-state'), 'live', 'good');
    stream.onerror = () => {
      setPill(byId('live-state'), 'reconnecting', 'waiting');
      if (stream.readyState === EventSource.CLOSED) {
        setTimeout(() => this.stream === stream && this.listen(this.last?.frame_number ?? -1), RETRY_MILLIS[2]);
      }
    };
    stream.addEventListener('prediction', event => this.predicted(JSON.parse(event.data), Date.now()));
    stream.addEventListener('dropped', event => {
      const { count } = JSON.parse(event.data);
      setPill(byId('live-state'), count == null ? 'live, frames missed' : `live, ${count} frames missed`, 'waiting');
    });
    stream.addEventListener('status', event => {
      if (JSON.parse(event.data).status === 'deleted') {
        this.close();
      }
    });
  },

  predicted(result, at) {
    if (!result.gated) {
      // Nobody looked at a frame without motion: what was seen last still stands there.
      this.last = result;
      this.at = at;
    }
    const line = make('li');
    line.append(
      make('span', `#${result.frame_number}`),
      make('span', result.gated ? 'no motion' : wordsOf(result.detections))
    );
    const list = byId('newest');
    list.prepend(line);
    while (list.children.length > MAX_LISTED) {
      list.lastChild.remove();
    }
  },

  /** Once per repaint at most, however many frames came. */
  paint() {
    if (this.last && this.last !== this.shown) {
      this.shown = this.last;
      byId('stage-hint').hidden = true;
      draw(byId('overlay'), this.last);
      byId('counts').replaceChildren(...countsOf(this.last.detections).map(([name, n]) => {
        const item = make('li', `${n} × ${name}`);
        item.style.borderColor = colourOf(name);
        return item;
      }));
    }
    requestAnimationFrame(() => this.paint());
  },

  title() {
    const s = scenarios.find(other => other.scenario_uuid === this.uuid);
    setText(byId('live-title'), s ? `Scenario ${s.scenario_id}: ${s.camera_url}` : 'Scenario');
  },

  tick() {
    if (this.uuid) {
      this.title();
      setText(byId('live-age'), this.last ? `frame ${this.last.frame_number}, ${age(Date.now() - this.at)} ago` : '');
    }
  },

  close() {
    this.stream?.close();
    Object.assign(this, { uuid: null, stream: null, last: null, shown: null });
    byId('live').hidden = true;
    history.replaceState(null, '', location.pathname);
    showTable();
  },
};

byId('live-close').addEventListener('click', () => live.close());
window.addEventListener('resize', () => { live.shown = null; });
setInterval(poll, POLL_MILLIS);
setInterval(() => { showTable(); live.tick(); }, 500);
setInterval(loadModels, 15_000);
loadModels();
poll();
bridge.connect();
live.paint();
// The address of a live view can be kept and shared.
if (/^#[0-9a-f-]{36}$/.test(location.hash)) {
  live.open(location.hash.slice(1));
}
