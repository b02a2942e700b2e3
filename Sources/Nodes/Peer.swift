internal import Coordination
internal import Messaging
internal import Tensors
internal import Wire

/// One registration of a worker, as the coordinator's shell knows it.
struct Peer {
  let id: WorkerID
  let name: String
  let hello: Hello
  /// Its key; nil on endpoints that ask for none.
  let user: CurveKey?
  let routing: RoutingID
  /// The descriptor of its control connection, which the monitor names when it breaks.
  let connection: Int32?
  /// Its place among the local workers.
  let localSlot: Int?
  /// Its bulk connection, once it has attached one.
  var bulk: RoutingID?
  /// Messages that found a full queue, in order.
  var outbox: [Message] = []
  /// Results whose bytes are being pulled, the first one now.
  var pulls: [ResultPull] = []
  /// Requests for pieces of that result that found a full queue, in order.
  var asks: [BlobDownload.Request] = []
  /// What it was given and has not brought back, in order.
  var assigned: [LeaseID: TaskID] = [:]
  /// How far each of those is.
  var steps: [LeaseID: LeaseSteps] = [:]
  /// When it was given each of those.
  var assignedAt: [LeaseID: Instant] = [:]
  /// When it last said anything.
  var heardAt: Instant
  /// Bytes of memory that it occupies, as it last said.
  var residentBytes = 0
  /// Tasks of which its result was stored.
  var finishedCount = 0
  /// Set when a local worker's connection broke and its process has not ended yet.
  var suspectedAt: Instant?

  /// More messages waiting than this means that the worker does not read.
  static let outboxLimit = 64
}

/// The progress of a lease: what its worker counted, and the pieces of its result that have come.
struct LeaseSteps {
  var counted: UInt64 = 0
  var pieces: UInt64 = 0

  /// Only a rising sum is progress; a worker may claim any number.
  var sum: UInt64 {
    let (sum, isTooLarge) = counted.addingReportingOverflow(pieces)
    return isTooLarge ? .max : sum
  }
}

/// A result on its way from a worker.
struct ResultPull {
  let offer: ResultOffer
  var task: TaskID
  var isEarlier: Bool
  /// Outputs that are here, in order.
  var arrived: [[UInt8]] = []
  var download: BlobDownload?
  /// Times that an output arrived with a wrong hash.
  var corruptCount = 0
  /// When a piece was last asked for or came.
  var movedAt = Instant.start

  static let corruptLimit = 3
}

/// A task that was submitted in this run.
struct TaskState {
  enum Standing {
    case open
    case stored(outputs: [Digest], worker: String)
    case givenUp
  }

  var submission: Submission
  var standing = Standing.open
  var attempts: [LeaseID: Int] = [:]

  var label: String { submission.definition.label }
}
