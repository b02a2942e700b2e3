package import Coordination
package import Tensors
internal import Wire

/// A pure function of its inputs: kind, parameters and input blobs identify the result for ever.
package struct TaskDefinition: Sendable, Equatable {
  /// What to compute, for example `statistics`.
  package var kind: String
  /// The settings of the kind in their canonical encoding.
  package var parameters: [UInt8]
  /// Blobs in the run folder, in the order that the kind expects.
  package var inputs: [Digest]
  /// For placing the task; not part of the key.
  package var needs: TaskNeeds
  /// Name for people, for example `layer1.0.conv1 statistics 3/8`; not part of the key.
  package var label: String
  /// Stage of the run, for the journal; not part of the key.
  package var stage: String
  /// Layer that the task belongs to, for the journal; not part of the key.
  package var layer: String?
  /// Whether its result is wanted for the moment only: it goes to memory, past journal and store.
  /// Not part of the key.
  package var isEphemeral: Bool

  package init(
    kind: String, parameters: [UInt8], inputs: [Digest], needs: TaskNeeds, label: String,
    stage: String, layer: String? = nil, isEphemeral: Bool = false
  ) {
    self.kind = kind
    self.parameters = parameters
    self.inputs = inputs
    self.needs = needs
    self.label = label
    self.stage = stage
    self.layer = layer
    self.isEphemeral = isEphemeral
  }

  /// The hash of everything that decides the result's bits.
  package func key(solverVersion: String, kernel: String) -> Digest {
    var writer = ByteWriter()
    writer.append(text: "tsq task 1")
    writer.append(text: solverVersion)
    writer.append(text: kernel)
    writer.append(text: kind)
    writer.append(count: parameters.count)
    writer.append(parameters)
    writer.append(count: inputs.count)
    for input in inputs { writer.append(input.bytes) }
    return Digest(of: writer.bytes)
  }
}

/// What became of a finished task.
package struct TaskResult: Sendable, Equatable {
  /// Blobs in the run folder, in the order in which the task returned them.
  package var outputs: [Digest]
  /// Seconds of computing, as the worker measured them.
  package var seconds: Double
  /// The worker's name.
  package var worker: String
  /// 1 for the first try.
  package var attempt: Int
  /// Whether the result was in the journal already.
  package var reused: Bool

  package init(outputs: [Digest], seconds: Double, worker: String, attempt: Int, reused: Bool) {
    self.outputs = outputs
    self.seconds = seconds
    self.worker = worker
    self.attempt = attempt
    self.reused = reused
  }
}

/// What decides whether two processes may work on one run, and whether an old result counts.
package struct ProgramIdentity: Sendable, Equatable {
  /// Version or hash of the program; equal on both sides.
  package var build: String
  /// Version of the mathematics; part of every task's key.
  package var solverVersion: String
  /// Name of the numeric kernels (instruction set, library versions); part of every task's key.
  package var kernel: String

  package init(build: String, solverVersion: String, kernel: String) {
    self.build = build
    self.solverVersion = solverVersion
    self.kernel = kernel
  }
}
