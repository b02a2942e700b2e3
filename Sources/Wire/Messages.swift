package import Coordination
package import Tensors

/// A 128-bit name of one start of a worker process; it outlives reconnections.
package struct InstanceID: Hashable, Sendable {
  package let high: UInt64
  package let low: UInt64

  package init(high: UInt64, low: UInt64) {
    self.high = high
    self.low = low
  }
}

/// A blob's name and length.
package struct BlobReference: Hashable, Sendable {
  package var digest: Digest
  package var byteCount: Int
  /// Whether no later task will want it.
  package var isEphemeral: Bool

  package init(digest: Digest, byteCount: Int, isEphemeral: Bool = false) {
    self.digest = digest
    self.byteCount = byteCount
    self.isEphemeral = isEphemeral
  }
}

/// What a worker says of itself first.
package struct Hello: Equatable, Sendable {
  /// Protocol versions that the worker speaks.
  package var protocols: ClosedRange<Int>
  /// Version or hash of the program.
  package var build: String
  /// Name of the numeric kernels, which decide the last bits of a result.
  package var kernel: String
  package var instance: InstanceID
  package var process: Int
  package var host: String
  package var name: String
  /// Tasks that the worker computes at the same time.
  package var slots: Int
  package var cores: Int
  package var memoryBytes: Int
  /// Counts this instance's greetings, so that a late answer to an earlier one is recognised.
  package var number: UInt64
  /// The control endpoint that the worker dialled.
  package var endpoint: String

  package init(
    protocols: ClosedRange<Int>, build: String, kernel: String, instance: InstanceID,
    process: Int, host: String, name: String, slots: Int, cores: Int, memoryBytes: Int,
    number: UInt64, endpoint: String
  ) {
    self.protocols = protocols
    self.build = build
    self.kernel = kernel
    self.instance = instance
    self.process = process
    self.host = host
    self.name = name
    self.slots = slots
    self.cores = cores
    self.memoryBytes = memoryBytes
    self.number = number
    self.endpoint = endpoint
  }
}

/// The coordinator's terms.
package struct Welcome: Equatable, Sendable {
  package var protocolVersion: Int
  /// The number of the greeting that is answered.
  package var hello: UInt64
  /// The worker's name in this run.
  package var name: String
  /// Where blobs are pulled from.
  package var bulkEndpoint: String
  package var beatMilliseconds: Int
  /// After this long without a word each side holds the other for lost.
  package var leaseMilliseconds: Int
  package var chunkBytes: Int
  /// Chunks that a receiver asks for ahead.
  package var window: Int

  package init(
    protocolVersion: Int, hello: UInt64, name: String, bulkEndpoint: String,
    beatMilliseconds: Int, leaseMilliseconds: Int, chunkBytes: Int, window: Int
  ) {
    self.protocolVersion = protocolVersion
    self.hello = hello
    self.name = name
    self.bulkEndpoint = bulkEndpoint
    self.beatMilliseconds = beatMilliseconds
    self.leaseMilliseconds = leaseMilliseconds
    self.chunkBytes = chunkBytes
    self.window = window
  }
}

/// Why a worker is not taken.
package enum RejectionReason: Hashable, Sendable, CaseIterable {
  case protocolVersion, build, kernel, closing, key
}

/// A task, given to a worker under a lease.
package struct Assignment: Equatable, Sendable {
  package var task: TaskID
  package var key: Digest
  package var lease: LeaseID
  /// 1 for the first try.
  package var attempt: Int
  package var kind: String
  package var parameters: [UInt8]
  package var inputs: [BlobReference]
  package var memoryBytes: Int
  package var label: String

  package init(
    task: TaskID, key: Digest, lease: LeaseID, attempt: Int, kind: String, parameters: [UInt8],
    inputs: [BlobReference], memoryBytes: Int, label: String
  ) {
    self.task = task
    self.key = key
    self.lease = lease
    self.attempt = attempt
    self.kind = kind
    self.parameters = parameters
    self.inputs = inputs
    self.memoryBytes = memoryBytes
    self.label = label
  }
}

/// A sign of life with the progress of each lease.
package struct Beat: Equatable, Sendable {
  /// How far one lease is.
  package struct Entry: Equatable, Sendable {
    package var lease: LeaseID
    package var progress: UInt64

    package init(lease: LeaseID, progress: UInt64) {
      self.lease = lease
      self.progress = progress
    }
  }

  package var sequence: UInt64
  package var entries: [Entry]
  package var residentBytes: Int

  package init(sequence: UInt64, entries: [Entry], residentBytes: Int) {
    self.sequence = sequence
    self.entries = entries
    self.residentBytes = residentBytes
  }
}

/// What an answer of a worker is about: the task by content, and the lease with the run it is of.
package struct LeaseReference: Hashable, Sendable {
  package var task: TaskID
  package var key: Digest
  package var lease: LeaseID
  /// The run in which the lease was granted; results outlive it, lease numbers do not.
  package var run: RunID

  package init(task: TaskID, key: Digest, lease: LeaseID, run: RunID) {
    self.task = task
    self.key = key
    self.lease = lease
    self.run = run
  }
}

/// A finished task, kept by the worker until it is acknowledged.
package struct ResultOffer: Equatable, Sendable {
  package var reference: LeaseReference
  package var outputs: [BlobReference]
  /// The outputs themselves when they are small; otherwise they are pulled.
  package var inlined: [[UInt8]]?
  package var seconds: Double

  package init(
    reference: LeaseReference, outputs: [BlobReference], inlined: [[UInt8]]?, seconds: Double
  ) {
    self.reference = reference
    self.outputs = outputs
    self.inlined = inlined
    self.seconds = seconds
  }
}

/// What became of a result or a failure.
package enum AcknowledgementCode: Hashable, Sendable, CaseIterable {
  /// Journaled.
  case stored
  /// Not stored, with the reason.
  case discarded
  /// The failure was noted.
  case noted
}

/// The answer to RESULT and FAIL: the worker may forget it.
package struct Acknowledgement: Equatable, Sendable {
  package var key: Digest
  package var lease: LeaseID
  package var code: AcknowledgementCode
  package var text: String

  package init(key: Digest, lease: LeaseID, code: AcknowledgementCode, text: String = "") {
    self.key = key
    self.lease = lease
    self.code = code
    self.text = text
  }
}

/// What is wrong with a message or its sender.
package enum ProtocolFault: Hashable, Sendable, CaseIterable {
  /// The message belongs to another run.
  case unknownRun
  /// The sender must say HELLO first (again).
  case unknownWorker
  /// The message could not be read.
  case malformed
}

/// A piece of a blob.
package struct Chunk: Equatable, Sendable {
  package var digest: Digest
  package var offset: Int
  /// Nil when the sender does not have the blob.
  package var bytes: [UInt8]?

  package init(digest: Digest, offset: Int, bytes: [UInt8]?) {
    self.digest = digest
    self.offset = offset
    self.bytes = bytes
  }
}
