internal import Coordination
internal import Messaging
internal import Synchronization
internal import Tensors
internal import Wire

/// A task on its way from the pipeline to the network thread.
struct Submission: Sendable {
  let id: TaskID
  let key: Digest
  private(set) var definition: TaskDefinition
  private(set) var inputs: [BlobReference]

  init(id: TaskID, key: Digest, definition: TaskDefinition, inputs: [BlobReference]) {
    self.id = id
    self.key = key
    self.definition = definition
    self.inputs = inputs
  }

  /// Drops what nobody asks for once the task is closed; there are tens of thousands of them.
  mutating func forgetInputs() {
    definition.parameters = []
    definition.inputs = []
    inputs = []
  }
}

/// What the pipeline asks of the network thread.
enum CoordinatorRequest: Sendable {
  case submit([Submission])
  /// Let what has begun end, and begin nothing.
  case drain
  case shutDown
}

/// What the network thread tells the pipeline.
enum CoordinatorReply: Sendable {
  case started(listening: Endpoint?)
  case finished(TaskID, TaskResult)
  case givenUp(TaskID, reason: String)
  /// After `drain` the last running task has ended.
  case drained
  case event(CoordinatorEvent)
  /// The network thread has ended, with or without an error.
  case stopped(NodeError?)
}

/// The two mailboxes between the pipeline's thread and the network thread, with their bells.
///
/// Nothing is called while a lock is held.
final class CoordinatorLink: Sendable {
  private let requests = Mutex<[CoordinatorRequest]>([])
  private let replies = Mutex<[CoordinatorReply]>([])
  private let standing = Mutex(CoordinatorSnapshot())
  private let status = Mutex<(text: [UInt8], at: Instant)?>(nil)
  let ephemeral = EphemeralBlobs()
  let networkBell: WakeUp
  let pipelineBell: WakeUp

  init() throws(MessagingError) {
    networkBell = try WakeUp()
    pipelineBell = try WakeUp()
  }

  /// From the pipeline's thread.
  func ask(_ request: CoordinatorRequest) {
    requests.withLock { $0.append(request) }
    networkBell.ring()
  }

  /// From the network thread.
  func tell(_ reply: CoordinatorReply) {
    replies.withLock { $0.append(reply) }
    pipelineBell.ring()
  }

  func takeRequests() -> [CoordinatorRequest] {
    networkBell.take()
    return requests.withLock { waiting in
      defer { waiting = [] }
      return waiting
    }
  }

  func takeReplies() -> [CoordinatorReply] {
    pipelineBell.take()
    return replies.withLock { waiting in
      defer { waiting = [] }
      return waiting
    }
  }

  /// What those are told who ask for the status, and since when.
  var toldStatus: (text: [UInt8], at: Instant)? {
    get { status.withLock { $0 } }
    set { status.withLock { $0 = newValue } }
  }

  var snapshot: CoordinatorSnapshot {
    get { standing.withLock { $0 } }
    set { standing.withLock { $0 = newValue } }
  }
}
