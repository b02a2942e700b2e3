"""Measures detectors on images with boxes in onnxruntime; see scripts/detection-map."""

import argparse
import contextlib
import csv
import io
import pathlib
import sys

import numpy as np
import onnxruntime
from PIL import Image
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval


class Failure(Exception):
    """Something the user can act on."""


# Decoders: the outputs of one image as boxes [n, 4] of corners in 0 to 1, scores [n], classes [n].


def sigmoid(values):
    return 1 / (1 + np.exp(-values))


def decode_yolo_head(head, anchors, stretch, classes, side, floor):
    """One raw head [anchors × (5 + classes), rows, columns]."""
    _, rows, columns = head.shape
    head = head.reshape(len(anchors), 5 + classes, rows, columns)
    shift = (stretch - 1) / 2
    column, row = np.meshgrid(np.arange(columns), np.arange(rows))
    x = (sigmoid(head[:, 0]) * stretch - shift + column) / columns
    y = (sigmoid(head[:, 1]) * stretch - shift + row) / rows
    width, height = (
        np.exp(head[:, 2 + axis]) * np.array([anchor[axis] for anchor in anchors])[:, None, None]
        / side
        for axis in range(2)
    )
    scores = sigmoid(head[:, 4:5]) * sigmoid(head[:, 5:])
    anchor, label, i, j = np.nonzero(scores > floor)
    at = (anchor, i, j)
    boxes = np.stack(
        [
            x[at] - width[at] / 2, y[at] - height[at] / 2,
            x[at] + width[at] / 2, y[at] + height[at] / 2,
        ],
        axis=1,
    )
    return boxes, scores[anchor, label, i, j], label


class YoloV3Nano:
    """Two raw heads of 80 classes; images stretched to 320 × 320, divided by 255."""

    size = (320, 320)
    classes = 80
    outputs = ("yolo0", "yolo1")
    # Output, width and height of its anchors in pixels, and how far cells reach over their edges.
    heads = (
        ("yolo0", ((115, 74), (119, 199), (243, 238)), 1.1),
        ("yolo1", ((12, 18), (37, 49), (52, 132)), 1.05),
    )

    def pixels(self, image):
        return image / np.float32(255)

    def detections(self, outputs, floor):
        parts = [
            decode_yolo_head(outputs[name][0], anchors, stretch, self.classes, self.size[0], floor)
            for name, anchors, stretch in self.heads
        ]
        return tuple(np.concatenate(values) for values in zip(*parts))


class SSDFace:
    """Scores [1, n, 2] and offsets from anchors [1, n, 4]; images stretched to 320 × 240, (x − 127) /
    128."""

    size = (320, 240)
    classes = 1
    outputs = ("scores", "boxes")
    # Pixels per cell, and the sides of the squares around its centre.
    cells = ((8, (10, 16, 24)), (16, (32, 48)), (32, (64, 96)), (64, (128, 192, 256)))

    def __init__(self):
        width, height = self.size
        anchors = []
        for pixels, sides in self.cells:
            columns, rows = -(-width // pixels), -(-height // pixels)
            for row in range(rows):
                for column in range(columns):
                    centre = ((column + 0.5) * pixels / width, (row + 0.5) * pixels / height)
                    anchors += [(*centre, side / width, side / height) for side in sides]
        self.anchors = np.clip(np.array(anchors, np.float32), 0, 1)

    def pixels(self, image):
        return (image - np.float32(127)) / np.float32(128)

    def detections(self, outputs, floor):
        scores = outputs["scores"][0, :, 1]
        kept = scores > floor
        offsets, anchors = outputs["boxes"][0][kept], self.anchors[kept]
        centres = anchors[:, :2] + 0.1 * offsets[:, :2] * anchors[:, 2:]
        halves = anchors[:, 2:] * np.exp(0.2 * offsets[:, 2:]) / 2
        boxes = np.concatenate([centres - halves, centres + halves], axis=1)
        return boxes, scores[kept], np.zeros(kept.sum(), int)


DECODERS = {"yolov3-nano": YoloV3Nano, "ssd-face": SSDFace}


def overlaps(box, boxes):
    """Intersection over union of one box with others."""
    corner = np.minimum(box[2:], boxes[:, 2:]) - np.maximum(box[:2], boxes[:, :2])
    common = np.prod(np.clip(corner, 0, None), axis=1)
    area = np.prod(box[2:] - box[:2]) + np.prod(boxes[:, 2:] - boxes[:, :2], axis=1) - common
    return common / np.maximum(area, 1e-12)


def suppressed(boxes, scores, labels, limit):
    """Non-maximum suppression per class; the places that stay, best first."""
    order = np.argsort(-scores, kind="stable")
    stays = []
    while order.size:
        best, rest = order[0], order[1:]
        stays.append(best)
        same = labels[rest] == labels[best]
        order = rest[~(same & (overlaps(boxes[best], boxes[rest]) > limit))]
    return np.array(stays, int)


class Detector:
    def __init__(self, path, decoder, floor, limit):
        try:
            options = onnxruntime.SessionOptions()
            options.log_severity_level = 3
            self.session = onnxruntime.InferenceSession(
                path, options, providers=["CPUExecutionProvider"])
        except Exception as error:
            raise Failure(f"onnxruntime does not load '{path}': {error}") from error
        self.path, self.decoder, self.floor, self.limit = path, decoder, floor, limit
        self.input = self.session.get_inputs()[0].name
        self.names = [value.name for value in self.session.get_outputs()]
        missing = [name for name in decoder.outputs if name not in self.names]
        if missing:
            raise Failure(
                f"'{path}' has no output '{missing[0]}' (it has {', '.join(self.names)}): "
                "choose another '--decoder'")

    def detect(self, image):
        """Boxes, scores and classes of an RGB image, after suppression."""
        resized = image.resize(self.decoder.size, Image.BILINEAR)
        pixels = self.decoder.pixels(np.asarray(resized, np.float32))
        try:
            values = self.session.run(None, {self.input: pixels.transpose(2, 0, 1)[None]})
            boxes, scores, labels = self.decoder.detections(
                dict(zip(self.names, values)), self.floor)
        except Exception as error:
            width, height = self.decoder.size
            raise Failure(
                f"'{self.path}' does not give what its decoder reads for an image of "
                f"{width} x {height}: {error}") from error
        stays = suppressed(boxes, scores, labels, self.limit)
        return boxes[stays], scores[stays], labels[stays]


# Data


def read_boxes(path):
    """Per file name, in the order of the list: classes and corners."""
    result = {}
    try:
        with open(path, newline="") as file:
            for number, row in enumerate(csv.DictReader(file), 2):
                try:
                    corners = [float(row[key]) for key in ("xmin", "ymin", "xmax", "ymax")]
                    result.setdefault(row["file"], []).append((int(row["class"]), corners))
                except (KeyError, TypeError, ValueError) as error:
                    raise Failure(f"'{path}', line {number}: not a box ({error})") from error
    except OSError as error:
        raise Failure(f"cannot read '{path}': {error.strerror}") from error
    if not result:
        raise Failure(f"'{path}' lists no box")
    return result


def open_image(path):
    try:
        return Image.open(path).convert("RGB")
    except OSError as error:
        raise Failure(f"cannot read the image '{path}': {error}") from error


# Measures


def mean_average_precision(detector, folder, listed):
    """mAP@.5 over the classes that have boxes, in percent, as COCO defines it."""
    truth = {"images": [], "annotations": [], "categories": [], "info": {}}
    found = []
    for number, (name, boxes) in enumerate(listed.items(), 1):
        image = open_image(folder / name)
        width, height = image.size
        truth["images"].append({"id": number, "width": width, "height": height})

        def corners(box):
            x, y = box[0] * width, box[1] * height
            return [float(v) for v in (x, y, box[2] * width - x, box[3] * height - y)]

        for label, box in boxes:
            rectangle = corners(box)
            truth["annotations"].append({
                "id": len(truth["annotations"]) + 1, "image_id": number, "category_id": label,
                "bbox": rectangle, "area": rectangle[2] * rectangle[3], "iscrowd": 0,
            })
        for box, score, label in zip(*detector.detect(image)):
            found.append({
                "image_id": number, "category_id": int(label), "bbox": corners(np.clip(box, 0, 1)),
                "score": float(score),
            })
    classes = sorted({entry["category_id"] for entry in truth["annotations"]})
    truth["categories"] = [{"id": label, "name": str(label)} for label in classes]
    if not found:
        return 0.0
    with contextlib.redirect_stdout(io.StringIO()):
        known = COCO()
        known.dataset = truth
        known.createIndex()
        evaluation = COCOeval(known, known.loadRes(found), "bbox")
        evaluation.evaluate()
        evaluation.accumulate()
    # [IoU thresholds, recalls, classes, areas, detections]: IoU 0.5, all areas, 100 per image.
    precision = evaluation.eval["precision"][0, :, :, 0, 2]
    return 100 * float(precision[precision > -1].mean())


def agreement(detector, reference, paths, score):
    """Shares of the reference's boxes found by the detector, and of the detector's by it."""
    counts = np.zeros((2, 2), int)
    for path in paths:
        image = open_image(path)
        sides = []
        for side in (reference, detector):
            boxes, scores, labels = side.detect(image)
            sides.append((boxes[scores > score], labels[scores > score]))
        for place in range(2):
            (boxes, labels), (others, other_labels) = sides[place], sides[1 - place]
            # Best boxes first, as suppression gives them; each of the others confirms one.
            free = np.ones(len(others), bool)
            for box, label in zip(boxes, labels):
                places = np.flatnonzero(free & (other_labels == label))
                shares = overlaps(box, others[places])
                if len(places) and shares.max() >= 0.5:
                    free[places[shares.argmax()]] = False
                    counts[place, 0] += 1
            counts[place, 1] += len(boxes)
    return counts


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("models", nargs="+")
    parser.add_argument("--decoder", choices=sorted(DECODERS), required=True)
    parser.add_argument("--boxes", type=pathlib.Path)
    parser.add_argument("--images", type=pathlib.Path)
    parser.add_argument("--reference")
    parser.add_argument("--score", type=float, default=0.7)
    parser.add_argument("--floor", type=float, default=0.005, help="least score of a detection")
    parser.add_argument("--nms", type=float, default=0.45, help="IoU from which on boxes exclude")
    options = parser.parse_args()
    decoder = DECODERS[options.decoder]()

    def detector(path):
        return Detector(path, decoder, options.floor, options.nms)

    if options.reference:
        if not options.images:
            raise Failure("'--reference' needs '--images FOLDER'")
        if not options.images.is_dir():
            raise Failure(f"'{options.images}' is no folder")
        kinds = (".jpg", ".jpeg", ".png", ".webp")
        paths = sorted(p for p in options.images.iterdir() if p.suffix.lower() in kinds)
        if not paths:
            raise Failure(f"'{options.images}' holds no image")
        reference = detector(options.reference)
        for path in options.models:
            (kept, known), (confirmed, own) = agreement(
                detector(path), reference, paths, options.score)
            print(
                f"{path}: finds {kept} of {known} boxes of the reference "
                f"({100 * kept / max(known, 1):.1f} %), {confirmed} of its own {own} are the "
                f"reference's ({100 * confirmed / max(own, 1):.1f} %)")
    elif options.boxes:
        folder = options.images or pathlib.Path(str(options.boxes).removesuffix("_boxes.csv"))
        listed = read_boxes(options.boxes)
        for path in options.models:
            result = mean_average_precision(detector(path), folder, listed)
            print(f"{path}: mAP@.5 {result:.2f} % over {len(listed)} images")
    else:
        raise Failure("give '--boxes BOXES.csv' for mAP or '--reference FULL.onnx' for agreement")


if __name__ == "__main__":
    try:
        main()
    except Failure as failure:
        print(f"detection-map: {failure}", file=sys.stderr)
        sys.exit(1)
