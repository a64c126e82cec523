/* The cover tool: draws opaque boxes over faces and number plates of a photo before it is sent.

   Each `[data-cover]` holds the picture and a hidden field; the field carries the boxes as fractions of the picture, and
   the server paints them into the file itself. By pointer: press, draw, let go. By keyboard: add a box, then move it with
   the arrow keys and size it with Shift and the arrow keys; Delete takes it away. */

import { readJson } from "./dom.js";

const STEP = 0.02; // of the picture's side, a press of an arrow key
const FIRST = [0.4, 0.4, 0.6, 0.6]; // where a box begins that the keyboard adds
const SMALLEST = 0.01; // of the side: less is a slip of the finger

const words = readJson("cover-words");
for (const figure of document.querySelectorAll("[data-cover]")) coverTool(figure);

function coverTool(figure) {
  const picture = figure.querySelector("img");
  const field = figure.querySelector("[data-cover-boxes]");
  const stage = document.createElement("div");
  stage.className = "cover";
  picture.replaceWith(stage);
  stage.append(picture);
  const boxes = [];
  const write = () => (field.value = JSON.stringify(boxes.map((box) => box.at.map((n) => Number(n.toFixed(4))))));

  const add = (at) => {
    const element = document.createElement("button");
    element.type = "button";
    element.className = "cover__box";
    const box = { at, element };
    boxes.push(box);
    element.setAttribute("aria-label", words.box.replace("{n}", boxes.length));
    element.addEventListener("keydown", (event) => steer(event, box));
    stage.append(element);
    place(box);
    return box;
  };
  const place = (box) => {
    const [left, top, right, bottom] = box.at;
    Object.assign(box.element.style, {
      left: `${left * 100}%`,
      top: `${top * 100}%`,
      width: `${(right - left) * 100}%`,
      height: `${(bottom - top) * 100}%`,
    });
    write();
  };
  const remove = (box) => {
    boxes.splice(boxes.indexOf(box), 1);
    box.element.remove();
    write();
  };
  const steer = (event, box) => {
    if (event.key === "Delete" || event.key === "Backspace") {
      remove(box);
      addButton.focus();
    } else if (event.key.startsWith("Arrow")) {
      moveBox(box, event.key, event.shiftKey);
      place(box);
    } else {
      return;
    }
    event.preventDefault();
  };

  drawByPointer(stage, picture, add, place, remove);
  const addButton = button(words.add, () => add([...FIRST]).element.focus());
  const undoButton = button(words.undo, () => boxes.length && remove(boxes[boxes.length - 1]));
  const actions = document.createElement("div");
  actions.className = "actions";
  actions.append(addButton, undoButton);
  figure.append(actions);
}

function moveBox(box, key, sizes) {
  const [left, top, right, bottom] = box.at;
  const x = (key === "ArrowRight") - (key === "ArrowLeft");
  const y = (key === "ArrowDown") - (key === "ArrowUp");
  if (sizes) {
    box.at = [left, top, clamp(right + x * STEP, left + STEP, 1), clamp(bottom + y * STEP, top + STEP, 1)];
    return;
  }
  const dx = clamp(x * STEP, -left, 1 - right);
  const dy = clamp(y * STEP, -top, 1 - bottom);
  box.at = [left + dx, top + dy, right + dx, bottom + dy];
}

function drawByPointer(stage, picture, add, place, remove) {
  let drawn = null;
  let start = null;
  const at = (event) => {
    const frame = picture.getBoundingClientRect();
    return [clamp((event.clientX - frame.left) / frame.width, 0, 1), clamp((event.clientY - frame.top) / frame.height, 0, 1)];
  };
  picture.draggable = false;
  stage.addEventListener("pointerdown", (event) => {
    if (event.target !== picture) return;
    start = at(event);
    stage.setPointerCapture(event.pointerId);
    event.preventDefault();
  });
  stage.addEventListener("pointermove", (event) => {
    if (!start) return;
    const [x, y] = at(event);
    const box = [Math.min(start[0], x), Math.min(start[1], y), Math.max(start[0], x), Math.max(start[1], y)];
    if (box[2] - box[0] < SMALLEST || box[3] - box[1] < SMALLEST) return;
    drawn = drawn || add(box);
    drawn.at = box;
    place(drawn);
  });
  stage.addEventListener("pointercancel", () => {
    if (drawn) remove(drawn);
    drawn = start = null;
  });
  stage.addEventListener("pointerup", () => (drawn = start = null));
}

function button(text, press) {
  const element = document.createElement("button");
  element.type = "button";
  element.className = "button button--quiet";
  element.textContent = text;
  element.addEventListener("click", press);
  return element;
}

function clamp(value, low, high) {
  return Math.min(high, Math.max(low, value));
}
