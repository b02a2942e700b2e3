import Glibc
import Messaging
import Testing

/// A path for a Unix-domain socket that no other test uses; removed when dropped.
final class SocketPath {
  let folder: String
  var endpoint: Endpoint { .ipc(path: folder + "/s") }

  init() {
    var template = Array("/tmp/tsq-test-XXXXXX".utf8CString)
    folder = unsafe template.withUnsafeMutableBufferPointer {
      unsafe String(cString: mkdtemp($0.baseAddress!))
    }
  }

  deinit {
    unsafe unlink(folder + "/s")
    unsafe rmdir(folder)
  }
}

/// The next message at a router, waiting a generous time.
func next(_ router: borrowing RouterSocket) throws -> RoutedMessage? {
  for _ in 0..<200 {
    if let message = try router.receive() { return message }
    var set = PollSet()
    set.add(router)
    try set.wait(milliseconds: 50)
  }
  return nil
}

func next(_ dealer: borrowing DealerSocket) throws -> [[UInt8]]? {
  for _ in 0..<200 {
    if let message = try dealer.receive() { return message }
    var set = PollSet()
    set.add(dealer)
    try set.wait(milliseconds: 50)
  }
  return nil
}

func next(_ monitor: borrowing SocketMonitor) throws -> ConnectionEvent? {
  for _ in 0..<200 {
    if let event = try monitor.receive(), event != .retried { return event }
    var set = PollSet()
    set.add(monitor)
    try set.wait(milliseconds: 50)
  }
  return nil
}

/// Sends, waiting for the connection to come up.
func deliver(_ frames: [[UInt8]], over dealer: borrowing DealerSocket) throws -> SendOutcome {
  for _ in 0..<2_000 {
    let outcome = try dealer.send(frames)
    if outcome != .full { return outcome }
    usleep(1_000)
  }
  return .full
}

@Suite(.timeLimit(.minutes(10))) struct `sockets` {
  static let any = [Endpoint.tcp(host: "127.0.0.1", port: 0), nil]

  @Test(arguments: any)
  func `carry frames both ways unchanged`(tcp: Endpoint?) throws {
    let path = SocketPath()
    let library = try ZeroMQ()
    let router = try RouterSocket(library, options: .control)
    let bound = try router.bind(tcp ?? path.endpoint)
    let dealer = try DealerSocket(library, options: .control)
    try dealer.connect(bound)

    let large = (0..<1 << 20).map { UInt8(truncatingIfNeeded: $0 &* 31) }
    #expect(try deliver([[1, 2], [], large], over: dealer) == .sent)
    let message = try #require(try next(router))
    #expect(message.frames == [[1, 2], [], large])
    #expect(try router.send([[9], large], to: message.sender) == .sent)
    #expect(try next(dealer) == [[9], large])
  }

  @Test func `refuse an endpoint that is in use`() throws {
    let library = try ZeroMQ()
    let first = try RouterSocket(library, options: .control)
    let bound = try first.bind(.tcp(host: "127.0.0.1", port: 0))
    let second = try RouterSocket(library, options: .control)
    #expect(throws: MessagingError.endpointInUse(bound.description)) { try second.bind(bound) }
  }

  @Test func `say that a peer is unknown instead of dropping its message`() throws {
    let router = try RouterSocket(ZeroMQ(), options: .control)
    _ = try router.bind(.tcp(host: "127.0.0.1", port: 0))
    #expect(try router.send([[1]], to: RoutingID(bytes: [0, 1, 2, 3, 4])) == .unreachable)
  }

  @Test func `say that nothing was sent while there is no connection`() throws {
    let dealer = try DealerSocket(ZeroMQ(), options: .control)
    try dealer.connect(.tcp(host: "127.0.0.1", port: 9))
    #expect(try dealer.send([[1]]) == .full)
  }

  @Test func `refuse more messages than the peer's queue holds`() throws {
    let library = try ZeroMQ()
    let path = SocketPath()
    let router = try RouterSocket(library, options: .bulk)
    let bound = try router.bind(path.endpoint)
    let dealer = try DealerSocket(library, options: .bulk)
    try dealer.connect(bound)
    #expect(try deliver([[0]], over: dealer) == .sent)
    let peer = try #require(try next(router)).sender

    let chunk = [UInt8](repeating: 7, count: 1 << 20)
    var sent = 0
    while try router.send([chunk], to: peer) == .sent, sent < 200 { sent += 1 }
    #expect(sent > 0 && sent < 200)
    // None of the messages that were taken is lost.
    for _ in 0..<sent { #expect(try next(dealer)?.first?.count == 1 << 20) }
  }

  @Test(arguments: any)
  func `name the connection that was lost`(tcp: Endpoint?) throws {
    let path = SocketPath()
    let library = try ZeroMQ()
    let router = try RouterSocket(library, options: .control)
    let monitor = try SocketMonitor(router)
    let bound = try router.bind(tcp ?? path.endpoint)
    var connection: Int32?
    do {
      let dealer = try DealerSocket(library, options: .control)
      try dealer.connect(bound)
      #expect(try deliver([[1]], over: dealer) == .sent)
      connection = try #require(try next(router)).connection
    }
    #expect(try next(monitor) == .established)
    #expect(try next(monitor) == .disconnected(connection: try #require(connection)))
  }

  @Test(arguments: any)
  func `outlive a peer that ends while its messages wait`(tcp: Endpoint?) throws {
    let path = SocketPath()
    let library = try ZeroMQ()
    let router = try RouterSocket(library, options: .control)
    let bound = try router.bind(tcp ?? path.endpoint)
    var sent = 0
    do {
      var hasty = SocketOptions.control
      hasty.lingerMilliseconds = 0
      let dealer = try DealerSocket(library, options: hasty)
      try dealer.connect(bound)
      #expect(try deliver([[0]], over: dealer) == .sent)
      let frame = [UInt8](repeating: 1, count: 1 << 20)
      // Until the router's queue and everything before it stand still.
      var refusals = 0
      while sent < 100 && refusals < 100 {
        if try dealer.send([frame]) == .sent {
          (sent, refusals) = (sent + 1, 0)
        } else {
          refusals += 1
        }
        usleep(2_000)
      }
    }
    #expect(sent > 16 && sent < 100)
    // Longer than the interval that heartbeats had, whose timer ended the process here.
    usleep(2_500_000)
    #expect(try next(router)?.frames == [[0]])
    let late = try DealerSocket(library, options: .control)
    try late.connect(bound)
    #expect(try deliver([[2]], over: late) == .sent)
    var last: [[UInt8]]?
    while last != [[2]], let message = try next(router) { last = message.frames }
    #expect(last == [[2]])
  }

  @Test func `end a connection that sends a frame above the limit`() throws {
    let library = try ZeroMQ()
    var small = SocketOptions.control
    small.frameByteLimit = 1_000
    let router = try RouterSocket(library, options: small)
    let monitor = try SocketMonitor(router)
    let bound = try router.bind(.tcp(host: "127.0.0.1", port: 0))
    let dealer = try DealerSocket(library, options: .control)
    try dealer.connect(bound)
    #expect(try deliver([[UInt8](repeating: 1, count: 2_000)], over: dealer) == .sent)
    #expect(try next(monitor) == .established)
    guard case .disconnected = try next(monitor) else {
      Issue.record("the connection was kept")
      return
    }
    #expect(try router.receive()?.frames == nil)
  }

  @Test func `keep at most eight frames of one message`() throws {
    let library = try ZeroMQ()
    let router = try RouterSocket(library, options: .control)
    let bound = try router.bind(.tcp(host: "127.0.0.1", port: 0))
    let dealer = try DealerSocket(library, options: .control)
    try dealer.connect(bound)
    #expect(try deliver((0..<50).map { [$0] }, over: dealer) == .sent)
    #expect(try deliver([[200]], over: dealer) == .sent)
    #expect(try next(router)?.frames == (0..<7).map { [$0] })
    #expect(try next(router)?.frames == [[200]])
  }
}

@Suite(.timeLimit(.minutes(10))) struct `a bell` {
  @Test func `merges rings and is silent once taken`() throws {
    let bell = try WakeUp()
    #expect(!bell.take())
    bell.ring()
    bell.ring()
    #expect(bell.wait(milliseconds: 0))
    #expect(!bell.wait(milliseconds: 0))
  }

  @Test func `wakes a poll beside sockets`() throws {
    let router = try RouterSocket(ZeroMQ(), options: .control)
    let bell = try WakeUp()
    bell.ring()
    var set = PollSet()
    set.add(router)
    set.add(bell)
    #expect(try set.wait(milliseconds: 10_000) == 1)
    let ready = [set.isReady(0), set.isReady(1)]
    #expect(ready == [false, true])
  }
}
