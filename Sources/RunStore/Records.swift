package import Tensors

/// A finished task as the journal keeps it: what it was, who did it, what came out.
package struct TaskRecord: Sendable, Equatable {
  /// Hash of kind, parameters, inputs and solver version: identifies the outputs for ever.
  package var key: Digest
  package var kind: String
  package var stage: String
  package var layer: String?
  package var label: String
  package var worker: String
  /// 1 for the first attempt.
  package var attempt: Int
  /// Time the worker took, in seconds.
  package var seconds: Double
  /// The blobs of the result, in the task's order.
  package var outputs: [Digest]
  /// Seconds from the making of the run folder to the recording; nil until recorded.
  package var finishedAfter: Double?

  package init(
    key: Digest, kind: String, stage: String, layer: String?, label: String, worker: String,
    attempt: Int, seconds: Double, outputs: [Digest], finishedAfter: Double? = nil
  ) {
    self.key = key
    self.kind = kind
    self.stage = stage
    self.layer = layer
    self.label = label
    self.worker = worker
    self.attempt = attempt
    self.seconds = seconds
    self.outputs = outputs
    self.finishedAfter = finishedAfter
  }
}

/// Something that happened in a run, for people: a worker joined, a task was given up.
package struct EventRecord: Sendable, Equatable {
  /// Seconds from the making of the run folder.
  package var after: Double
  package var kind: String
  package var text: String

  package init(after: Double, kind: String, text: String) {
    self.after = after
    self.kind = kind
    self.text = text
  }
}

/// One measured number of a stage, for example its top-1 accuracy or the loss of a step.
package struct MetricRecord: Sendable, Equatable {
  package var stage: String
  package var name: String
  /// Position in a series, for example a training step; 0 for a single number.
  package var step: Int
  package var value: Double

  package init(stage: String, name: String, step: Int = 0, value: Double) {
    self.stage = stage
    self.name = name
    self.step = step
    self.value = value
  }
}

/// What is known about one layer, as JSON text whose shape the report defines.
package struct LayerEntry: Sendable, Equatable {
  package var name: String
  /// Order in the network, from 0.
  package var position: Int
  package var json: String

  package init(name: String, position: Int, json: String) {
    self.name = name
    self.position = position
    self.json = json
  }
}

/// The files of a run folder that people read.
package enum RunFile: String, Sendable, CaseIterable {
  case record = "record.json"
  case recipe = "recipe.yaml"
  /// The recipe that the plan of a budget came to.
  case plan = "plan.yaml"
  case report = "report.html"
  /// Where the run stands, while it runs and after it.
  case status = "status.json"
  /// What happened, a JSON object a line.
  case events = "events.jsonl"
}
