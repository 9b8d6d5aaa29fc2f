/**
 * The pins: a drop with a white ring, filled in the colour of the state and marked with its shape
 * (○ new, ◐ in progress, ● done, ✕ refused), so that state never rests on colour alone.
 */
import type { ReportState } from "../core/report";

/** Pixels of the screen; drawn larger for dense screens. */
const width = 26;
const height = 34;
const radius = 11;

export function drawPin(state: ReportState, colour: string, pixelRatio: number): ImageData {
  const canvas = document.createElement("canvas");
  canvas.width = Math.round(width * pixelRatio);
  canvas.height = Math.round(height * pixelRatio);
  const context = canvas.getContext("2d");
  if (!context) throw new Error("this browser gives no 2D canvas to draw the map's pins on");
  context.scale(pixelRatio, pixelRatio);
  drop(context, colour);
  context.translate(width / 2, 13);
  mark(context, state, colour);
  return context.getImageData(0, 0, canvas.width, canvas.height);
}

function drop(context: CanvasRenderingContext2D, colour: string): void {
  const centre = width / 2;
  context.beginPath();
  context.arc(centre, 13, radius, Math.PI * 0.83, Math.PI * 0.17);
  context.lineTo(centre, height - 2);
  context.closePath();
  context.shadowColor = "rgba(0, 0, 0, 0.45)";
  context.shadowBlur = 3;
  context.fillStyle = colour;
  context.fill();
  context.shadowColor = "transparent";
  context.lineWidth = 2;
  context.lineJoin = "round";
  context.strokeStyle = "#ffffff";
  context.stroke();
}

function mark(context: CanvasRenderingContext2D, state: ReportState, colour: string): void {
  const size = 5;
  context.fillStyle = "#ffffff";
  context.strokeStyle = "#ffffff";
  context.lineWidth = 2;
  context.beginPath();
  switch (state) {
    case "new":
      context.arc(0, 0, size - 0.5, 0, 2 * Math.PI);
      context.stroke();
      return;
    case "accepted":
      context.arc(0, 0, size - 0.5, 0, 2 * Math.PI);
      context.stroke();
      context.beginPath();
      context.arc(0, 0, size - 0.5, Math.PI / 2, (3 * Math.PI) / 2);
      context.fill();
      return;
    case "done":
      context.arc(0, 0, size, 0, 2 * Math.PI);
      context.fill();
      context.strokeStyle = colour;
      context.beginPath();
      context.moveTo(-2.4, 0);
      context.lineTo(-0.6, 2);
      context.lineTo(2.6, -1.9);
      context.lineWidth = 1.6;
      context.stroke();
      return;
    case "refused":
      context.moveTo(-4, -4);
      context.lineTo(4, 4);
      context.moveTo(4, -4);
      context.lineTo(-4, 4);
      context.stroke();
      return;
  }
}
