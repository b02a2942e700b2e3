package import Coordination
package import Tensors

/// Everything that a coordinator and a worker, or somebody who looks on, say to each other;
/// `GRAMMAR.md` has the rules.
package enum Message: Equatable, Sendable {
  // A worker comes.
  case hello(Hello)
  case welcome(Welcome)
  case reject(RejectionReason, text: String)
  case ready(credit: Int)
  // Work.
  case task(Assignment)
  case accept(TaskID, LeaseID)
  case decline(TaskID, LeaseID, DeclineReason)
  case beat(Beat)
  case beatAck(sequence: UInt64)
  case result(ResultOffer)
  case resultAck(Acknowledgement)
  case fail(LeaseReference, FailureClass, text: String)
  case revoke(LeaseID)
  case released(LeaseID)
  // A worker goes.
  case drain
  case draining
  case bye(text: String)
  case byeOK
  case error(ProtocolFault, text: String)
  // Blobs, on the bulk sockets.
  case attach(InstanceID)
  case get(Digest, offset: Int, byteCount: Int)
  case chunk(Chunk)
  // Somebody looks on who is no worker.
  case askStatus(StatusQuestion)
  case status(StatusReport)
}

/// The number of each kind of message on the wire; never reused.
package enum MessageType: UInt8, CaseIterable, Sendable {
  case hello = 1
  case welcome = 2
  case reject = 3
  case ready = 4
  case task = 10
  case accept = 11
  case decline = 12
  case beat = 13
  case beatAck = 14
  case result = 15
  case resultAck = 16
  case fail = 17
  case revoke = 18
  case released = 19
  case drain = 30
  case draining = 31
  case bye = 32
  case byeOK = 33
  case error = 34
  case attach = 40
  case get = 41
  case chunk = 42
  case askStatus = 50
  case status = 51

  /// The name in the grammar, for errors and logs.
  package var name: String {
    switch self {
    case .hello: "HELLO"
    case .welcome: "WELCOME"
    case .reject: "REJECT"
    case .ready: "READY"
    case .task: "TASK"
    case .accept: "ACCEPT"
    case .decline: "DECLINE"
    case .beat: "BEAT"
    case .beatAck: "BEAT_ACK"
    case .result: "RESULT"
    case .resultAck: "RESULT_ACK"
    case .fail: "FAIL"
    case .revoke: "REVOKE"
    case .released: "RELEASED"
    case .drain: "DRAIN"
    case .draining: "DRAINING"
    case .bye: "BYE"
    case .byeOK: "BYE_OK"
    case .error: "ERROR"
    case .attach: "ATTACH"
    case .get: "GET"
    case .chunk: "CHUNK"
    case .askStatus: "ASK_STATUS"
    case .status: "STATUS"
    }
  }
}

extension Message {
  package var type: MessageType {
    switch self {
    case .hello: .hello
    case .welcome: .welcome
    case .reject: .reject
    case .ready: .ready
    case .task: .task
    case .accept: .accept
    case .decline: .decline
    case .beat: .beat
    case .beatAck: .beatAck
    case .result: .result
    case .resultAck: .resultAck
    case .fail: .fail
    case .revoke: .revoke
    case .released: .released
    case .drain: .drain
    case .draining: .draining
    case .bye: .bye
    case .byeOK: .byeOK
    case .error: .error
    case .attach: .attach
    case .get: .get
    case .chunk: .chunk
    case .askStatus: .askStatus
    case .status: .status
    }
  }
}
