import Reporting
import RunStore
import Tensors

/// A record of a run with hostile names and one layer of each kind.
func sampleRecord(layerCount: Int = 3) -> RunRecord {
  var layers: [LayerRecord] = []
  for index in 0..<layerCount {
    let isOuter = index == 0 || index == layerCount - 1
    let weights = (0..<144).map { Float(($0 * 37 + index * 11) % 97) / 97 - 0.5 }
    let codes = weights.map { Int8($0 > 0.2 ? 1 : $0 < -0.2 ? -1 : 0) }
    layers.append(
      LayerRecord(
        name: "layer\(index).conv<1>&", weights: isOuter ? "int8" : "ternary",
        activations: isOuter ? nil : 2,
        zeros: Double(codes.count { $0 == 0 }) / 144, error: 0.02 + 0.01 * Double(index % 5),
        shape: [4, 4, 3, 3], bytes: 40 + index, seconds: 0.25 * Double(index + 1),
        worker: "host:\(index % 2)", codes: LayerRecord.CodeCount.counting(codes),
        weightsBefore: Histogram(of: weights),
        weightsAfter: Histogram(of: codes.map { Float($0) * 0.34 })))
  }
  let stages = [
    AccuracyRecord.Stage(name: "input", top1: 0.915, top5: 0.997, images: 5000),
    AccuracyRecord.Stage(name: "codes", top1: 0.9034, top5: 0.996, images: 5000),
    AccuracyRecord.Stage(name: "weights", top1: 0.8672, top5: 0.992, images: 5000),
    AccuracyRecord.Stage(name: "output", top1: 0.8672, top5: 0.992, images: 5000),
  ]
  return RunRecord(
    output: "out </title><script>alert('1')</script>.onnx", bytes: 73_412, seconds: 187.25,
    workers: 2, seed: UInt64.max, kernel: "avx512 \"vnni\"", program: "0.1.0",
    model: RunRecord.Source(path: "resnet20.onnx", sha256: Digest(of: [1]).hexadecimal),
    data: RunRecord.Source(path: "cifar/", sha256: Digest(of: [2]).hexadecimal),
    accuracy: AccuracyRecord(input: 0.915, output: 0.8672, stages: stages), layers: layers,
    plan: PlanRecord(
      unit: .bits, limit: 2.5, spent: 2.25, effect: 0.01, lowerBound: 0.0099, exact: false,
      layers: [
        PlanRecord.Layer(
          name: "layer1.conv<1>&", weights: "ternary", count: 144, cost: 288,
          candidates: [
            PlanRecord.Candidate(weights: "ternary", error: 0.1, effect: 0.01),
            PlanRecord.Candidate(weights: "int8", error: 1e-5, effect: 0),
          ])
      ]),
    recipe: "weights: ternary\nmethod: tsq # <fast>\n", versions: ["oneDNN": "2.6.3"],
    notes: ["layer 'fc' stays in int8 & is last"])
}

/// Tasks of two workers, three kinds.
func sampleTasks() -> [TaskRecord] {
  (0..<60).map { index in
    TaskRecord(
      key: Digest(of: [UInt8(index)]), kind: ["calibrate", "solve", "evaluate"][index / 20],
      stage: "solve", layer: nil, label: "task \(index) <b>", worker: "host:\(index % 2)",
      attempt: 1, seconds: 2.5, outputs: [], finishedAfter: 3 * Double(index + 1))
  }
}
