// The page: where pictures come from, and the panels that answer.

import {models, useToken} from './api.js';
import {Panel} from './panel.js';
import {offer} from './samples.js';

const $ = (id) => document.getElementById(id);

const panels = [];
let known = [];
let picture = null;
let choices = 0; // of pictures so far
let failed = null; // the panel whose failure is shown, if one's is

const host = {
  say(words) {
    $('status').textContent = words;
  },
  fail(error, panel = null) {
    failed = panel;
    $('error').textContent = error.message;
    $('access').hidden = error.status !== 401 && error.status !== 403;
    if (!$('access').hidden) {
      $('token').focus();
    }
  },
  /** A panel asks anew; what another failed in stays. */
  clear(panel) {
    if (failed === panel) {
      clear();
    }
  },
};

function clear() {
  failed = null;
  $('error').textContent = '';
  $('access').hidden = true;
}

async function show(blob, name) {
  const choice = ++choices;
  clear();
  host.say(`Looking at ${name}`);
  const bitmap = await createImageBitmap(blob).catch(() => null); // the server may read what browsers do not
  if (choice !== choices) {
    return; // another was chosen meanwhile
  }
  picture = {blob, bitmap, name};
  await Promise.all(panels.map((panel) => panel.show(picture)));
}

function chooseFirst(files) {
  if (files.length > 0) {
    show(files[0], files[0].name || 'the pasted picture');
  }
}

function addPanel() {
  const fallback = known.find((model) => model.default) ?? known[0];
  const other = known.find((model) => model !== fallback) ?? fallback;
  const panel = new Panel(panels.length + 1, known, (panels.length ? other : fallback).name, host);
  panels.push(panel);
  $('panels').append(panel.element);
  $('panels').classList.toggle('two', panels.length === 2);
  if (picture) {
    panel.show(picture);
  }
}

function toggleCompare() {
  const comparing = panels.length === 1;
  if (comparing) {
    addPanel();
  } else {
    panels.pop().close();
    $('panels').classList.remove('two');
  }
  $('compare').setAttribute('aria-pressed', String(comparing));
}

function listen() {
  $('file').addEventListener('change', (event) => {
    chooseFirst(event.target.files);
    event.target.value = ''; // the same file again is a new choice
  });
  document.addEventListener('paste', (event) => {
    if (event.clipboardData.files.length > 0) {
      event.preventDefault();
      chooseFirst(event.clipboardData.files);
    }
  });
  let depth = 0; // of elements that the drag is over
  const mark = (change) => {
    depth = Math.max(0, depth + change);
    $('drop').classList.toggle('over', depth > 0);
  };
  document.addEventListener('dragenter', () => mark(1));
  document.addEventListener('dragleave', () => mark(-1));
  document.addEventListener('dragover', (event) => event.preventDefault());
  document.addEventListener('drop', (event) => {
    event.preventDefault();
    mark(-depth);
    chooseFirst(event.dataTransfer.files);
  });
  $('compare').addEventListener('click', toggleCompare);
  $('access').addEventListener('submit', (event) => {
    event.preventDefault();
    useToken($('token').value);
    clear();
    begin();
  });
}

async function begin() {
  try {
    if (known.length === 0) {
      known = await models();
      if (known.length === 0) {
        throw new Error('No model is loaded in this server.');
      }
      addPanel();
    } else if (picture) {
      await Promise.all(panels.map((panel) => panel.show(picture)));
    }
  } catch (error) {
    host.fail(error);
  }
}

offer($('samples'), show);
listen();
await begin();
document.documentElement.dataset.ready = 'true';
