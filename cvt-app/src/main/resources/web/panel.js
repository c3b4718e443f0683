// One model's answers about the picture, and a look inside it.

import {explain, predict} from './api.js';
import {draw} from './overlay.js';

const METHODS = [
  {id: 'attention', name: 'Attention', block: true, head: true},
  {id: 'rollout', name: 'Rollout', stage: true},
  {id: 'gradcam', name: 'Grad-CAM', block: true, category: true},
  {id: 'components', name: 'Components', block: true},
];

const MOVING = 120; // ms without another move of a slider before the server is asked

export class Panel {
  #host; // {say, fail, clear}
  #models;
  #at = {}; // elements by data-id
  #picture = null; // {blob, bitmap, name}
  #running = new AbortController();
  #maps = new Map(); // answers about this picture by this model
  #stages = null; // of the model, once it has told
  #look = null; // the answer that is shown
  #busy = false; // a request is under way
  #moved = false; // controls, since it left
  #timer;

  constructor(number, models, chosen, host) {
    this.#models = models;
    this.#host = host;
    this.element = document.getElementById('panel-template').content.cloneNode(true).firstElementChild;
    this.element.setAttribute('aria-label', `Model ${number}`);
    this.#label(number);
    this.#offerModels(chosen);
    this.#offerMethods(number);
    this.#listen();
    this.#showCard();
    this.#fitControls();
  }

  /** Ids differ between panels, so labels are tied to their fields here. */
  #label(number) {
    for (const element of this.element.querySelectorAll('[data-id]')) {
      this.#at[element.dataset.id] = element;
      element.id = `${element.dataset.id}-${number}`;
    }
    for (const label of this.element.querySelectorAll('[data-for]')) {
      label.htmlFor = `${label.dataset.for}-${number}`;
    }
    this.#at.predictions.setAttribute('aria-labelledby', this.#at['predictions-heading'].id);
  }

  #offerModels(chosen) {
    this.#at.model.append(...this.#models.map(({name}) => new Option(name, name, false, name === chosen)));
  }

  #offerMethods(number) {
    for (const {id, name} of METHODS) {
      const label = document.createElement('label');
      const radio = document.createElement('input');
      radio.type = 'radio';
      radio.name = `method-${number}`;
      radio.value = id;
      radio.checked = id === 'attention';
      label.append(radio, document.createTextNode(name));
      this.#at.methods.append(label);
    }
  }

  #listen() {
    this.#at.model.addEventListener('change', () => {
      this.#stages = null;
      delete this.#at.block.dataset.kind;
      this.#at.head.value = 0;
      this.#showCard();
      this.#ask();
    });
    this.#at.methods.addEventListener('change', () => {
      this.#fitControls();
      this.#lookAgain();
    });
    for (const name of ['block', 'head']) {
      this.#at[name].addEventListener('input', () => {
        this.#fitControls();
        this.#soon();
      });
    }
    this.#at.class.addEventListener('change', () => this.#lookAgain());
    this.#at.opacity.addEventListener('input', () => {
      this.#at['opacity-text'].textContent = `${this.#at.opacity.value} %`;
      this.#redraw();
    });
  }

  get #method() {
    return METHODS.find(({id}) => id === this.#at.methods.querySelector(':checked').value);
  }

  get #model() {
    return this.#models.find(({name}) => name === this.#at.model.value);
  }

  /** A new picture, {blob, bitmap, name}. */
  show(picture) {
    this.#picture = picture;
    return this.#ask();
  }

  close() {
    this.#running.abort();
    clearTimeout(this.#timer);
    this.#host.clear(this);
    this.element.remove();
  }

  async #ask() {
    if (!this.#picture) {
      return;
    }
    this.#running.abort();
    this.#running = new AbortController();
    clearTimeout(this.#timer);
    this.#maps.clear();
    const {signal} = this.#running;
    const model = this.#at.model.value;
    this.element.setAttribute('aria-busy', 'true');
    this.#busy = true;
    this.#host.clear(this);
    this.#forget();
    try {
      if (this.#model.classes > 0) {
        this.#showPredictions(await predict(model, this.#picture.blob, signal));
      }
      const named = this.#at.predictions.querySelector('li');
      await this.#lookUntilStill(signal);
      this.#say(signal, named
        ? `${model}: ${named.children[0].textContent}, ${named.children[1].textContent}`
        : `${model}: ${this.#at.caption.textContent}`);
    } catch (e) {
      this.#failed(e);
    } finally {
      if (this.#running.signal === signal) {
        this.element.removeAttribute('aria-busy');
        this.#busy = false;
      }
    }
  }

  #failed(e) {
    if (e.name === 'AbortError') {
      return;
    }
    clearTimeout(this.#timer);
    this.#forget();
    this.#showBare();
    this.#at.look.disabled = true;
    this.#host.fail(e, this);
  }

  /** What was answered about another picture, or by another model. */
  #forget() {
    this.#look = null;
    this.#at.predictions.replaceChildren();
    this.#at.timing.textContent = '';
    this.#at.class.replaceChildren();
  }

  #soon() {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#lookAgain(), MOVING);
  }

  /** One look at a time: if one is under way, the next asks for where the controls are by then. */
  async #lookAgain() {
    clearTimeout(this.#timer);
    this.#moved = true;
    if (!this.#picture || this.#busy) {
      return;
    }
    const {signal} = this.#running;
    this.#busy = true;
    try {
      await this.#lookUntilStill(signal);
    } finally {
      if (this.#running.signal === signal) {
        this.#busy = false;
      }
    }
    this.#say(signal, this.#at.caption.textContent);
  }

  async #lookUntilStill(signal) {
    do {
      this.#moved = false;
      await this.#tryToLook(signal);
    } while (this.#moved && !signal.aborted);
  }

  #say(signal, words) {
    if (!signal.aborted) {
      this.#host.say(words);
    }
  }

  /** Without a look inside, the answer stands all the same, beside the bare picture. */
  async #tryToLook(signal) {
    if (signal.aborted) {
      return;
    }
    if (!this.#model.looks) {
      this.#showBare();
      return;
    }
    this.#host.clear(this);
    try {
      await this.#lookInside(signal);
    } catch (e) {
      if (!signal.aborted) {
        this.#showBare();
        this.#host.fail(e, this);
      }
    }
  }

  /** The picture as it is; an empty canvas where the browser cannot show it. */
  #showBare() {
    this.#look = null;
    const {bitmap, name} = this.#picture;
    const {canvas, caption, legend} = this.#at;
    if (bitmap) {
      const {width, height} = bitmap;
      draw(canvas, bitmap, {width, height, crop: {x: 0, y: 0, width, height}}, null, 0);
    } else {
      canvas.getContext('2d').clearRect(0, 0, canvas.width, canvas.height);
    }
    caption.textContent = name;
    canvas.setAttribute('aria-label', name);
    legend.hidden = true;
  }

  /** What the controls ask for; before the model's stages are known the server chooses. */
  #question() {
    const method = this.#method;
    const question = {method: method.id};
    if (!this.#stages) {
      return question;
    }
    const place = this.#place();
    question.stage = place.stage;
    if (method.block) {
      question.block = place.block;
    }
    if (method.head) {
      question.head = Number(this.#at.head.value) === 0 ? 'mean' : Number(this.#at.head.value) - 1;
    }
    if (method.category && this.#at.class.value !== '') {
      question.class = this.#at.class.value;
    }
    return question;
  }

  async #lookInside(signal) {
    const question = this.#question();
    const key = JSON.stringify(question);
    let look = this.#maps.get(key);
    if (!look) {
      look = await explain(this.#at.model.value, this.#picture.blob, question, signal);
      this.#maps.set(key, look);
    }
    if (signal.aborted || (this.#stages && key !== JSON.stringify(this.#question()))) {
      return; // another question is on its way
    }
    if (!this.#stages) {
      this.#stages = look.stages;
      this.#fitControls(look.map);
    }
    this.#look = look;
    this.#at.look.disabled = false;
    this.#redraw();
  }

  #redraw() {
    if (!this.#look) {
      return;
    }
    const {picture, map} = this.#look;
    draw(this.#at.canvas, this.#picture.bitmap, picture, map, this.#at.opacity.value / 100);
    const words = this.#describe(map);
    this.#at.caption.textContent = words;
    this.#at.canvas.setAttribute('aria-label', `${this.#picture.name} with an overlay: ${words}`);
    this.#at.legend.hidden = Boolean(map.rgb);
  }

  #describe(map) {
    const place = `stage ${map.stage}, block ${map.block}`;
    switch (this.#look.method) {
      case 'attention': {
        const head = map.head === 'mean' ? 'mean of the heads' : `head ${map.head}`;
        const asks = this.#stages[map.stage].cls ? 'class token' : 'mean token';
        return `What the ${asks} reads: ${place}, ${head}`;
      }
      case 'rollout':
        return `Attention followed back to the tokens that enter stage ${map.stage}`;
      case 'gradcam':
        return `What speaks for ${this.#className(map)}: ${place}`;
      default:
        return `What tokens differ in most, as colours: ${place}`;
    }
  }

  #className(map) {
    const offered = [...this.#at.class.options].find(({value}) => value === String(map.class));
    const told = this.#look.predictions.find(({index}) => index === map.class);
    return offered?.label ?? told?.label ?? `class ${map.class}`;
  }

  #places() {
    return (this.#stages ?? []).flatMap(({stage, blocks}) =>
      this.#method.stage ? [{stage}] : Array.from({length: blocks}, (_, block) => ({stage, block})));
  }

  #place() {
    return this.#places()[this.#at.block.value] ?? {};
  }

  /**
   * Ranges and words of the sliders, for the method that is chosen.
   *
   * @param map the place to go to; otherwise as near to the present one as there is
   */
  #fitControls(map = this.#look?.map) {
    const method = this.#method;
    const places = this.#places();
    const {block, head} = this.#at;
    if (places.length > 0) {
      const wasStages = block.dataset.kind === 'stage';
      block.max = places.length - 1;
      if (block.dataset.kind !== (method.stage ? 'stage' : 'block')) {
        // Sliders over stages and over blocks count differently: rollout begins at the first stage.
        const kept = places.findLastIndex(({stage, block: b}) =>
          !wasStages && map && stage === map.stage && (b === undefined || b === map.block));
        block.value = method.stage ? 0 : kept >= 0 ? kept : places.length - 1;
        block.dataset.kind = method.stage ? 'stage' : 'block';
      }
      const place = this.#place();
      const words = method.stage
        ? `stage ${place.stage}`
        : `stage ${place.stage}, block ${place.block}`;
      this.#tell(block, this.#at['block-text'], words);
      head.max = this.#stages[place.stage].heads;
      const chosen = Number(head.value);
      this.#tell(head, this.#at['head-text'], chosen === 0 ? `mean of ${head.max}` : `${chosen - 1}`);
    }
    this.element.querySelector(`label[for="${block.id}"]`).textContent = method.stage ? 'Stage' : 'Block';
    this.#at['head-row'].hidden = !method.head;
    this.#at['class-row'].hidden = !method.category;
  }

  #tell(slider, visible, words) {
    visible.textContent = words;
    slider.setAttribute('aria-valuetext', words);
  }

  #showPredictions({results, timing, batch}) {
    const {predictions} = results[0];
    this.#at.predictions.replaceChildren(...predictions.map(({label, probability}) => {
      const item = document.createElement('li');
      const name = document.createElement('span');
      name.className = 'name';
      name.textContent = label;
      const share = document.createElement('span');
      share.textContent = percent(probability);
      const bar = document.createElement('span');
      bar.className = 'share';
      bar.setAttribute('aria-hidden', 'true');
      const fill = document.createElement('span');
      fill.style.width = `${100 * probability}%`;
      bar.append(fill);
      item.append(name, share, bar);
      return item;
    }));
    const likeliest = new Option('the likeliest', '');
    this.#at.class.replaceChildren(likeliest, ...predictions.map(({label, index}) => new Option(label, index)));
    if (timing) {
      this.#at.timing.textContent =
        `${milliseconds(timing.compute_ms)} computing, ${milliseconds(timing.total_ms)} in all`
        + (batch > 1 ? `, in a batch of ${batch}` : '');
    }
  }

  #showCard() {
    const model = this.#model;
    this.#at.look.hidden = !model.looks;
    const rows = [
      ['Name', model.name],
      ['Sees', model.size ? `${model.size[1]} × ${model.size[0]} pixels` : null],
      ['Prepared', preparedWords(model.preprocess)],
      ['Classes', model.classes],
      ['Parameters', model.parameters?.toLocaleString('en')],
      ['Runs as', [model.engine, model.dtype].filter(Boolean).join(', ')],
      ...(model.stages ?? []).map((stage, i) => [`Stage ${i}`, stageWords(stage)]),
      ...flattened(model.provenance ?? {}),
    ];
    this.#at.card.replaceChildren(...rows
      .filter(([, value]) => value !== null && value !== undefined && value !== '')
      .flatMap(([name, value]) => {
        const term = document.createElement('dt');
        term.textContent = name;
        const text = document.createElement('dd');
        text.textContent = value;
        return [term, text];
      }));
  }
}

function stageWords(stage) {
  if (typeof stage !== 'object') {
    return String(stage);
  }
  const words = [
    stage.grid && `grid ${stage.grid[0]} × ${stage.grid[1]}`,
    stage.dim && `width ${stage.dim}`,
    stage.blocks && `${stage.blocks} ${stage.blocks === 1 ? 'block' : 'blocks'}`,
    stage.heads && `${stage.heads} ${stage.heads === 1 ? 'head' : 'heads'}`,
    stage.cls && 'class token',
  ];
  return words.filter(Boolean).join(', ');
}

function preparedWords(preprocess) {
  return preprocess && (preprocess.resize === 'warp'
    ? `the whole picture resized, ${preprocess.interpolation}`
    : `the centre, ${percent(preprocess.crop_ratio)} of the short side, ${preprocess.interpolation}`);
}

/** Whatever the provenance holds, as names and texts. */
function flattened(object, prefix = '') {
  return Object.entries(object).flatMap(([name, value]) => {
    const full = prefix + name.replaceAll('_', ' ');
    return value !== null && typeof value === 'object' && !Array.isArray(value)
      ? flattened(value, `${full} · `)
      : [[full, Array.isArray(value) ? value.join(', ') : value]];
  });
}

function percent(share) {
  return `${(100 * share).toFixed(1)} %`;
}

function milliseconds(value) {
  return `${value >= 100 ? Math.round(value) : value.toFixed(1)} ms`;
}
