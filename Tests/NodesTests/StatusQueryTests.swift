import Coordination
import Glibc
import Messaging
import Nodes
import Testing
import Wire

/// Who asks a coordinator where its run stands, and what he is told.
@Suite(.timeLimit(.minutes(10))) struct `a question for the status` {
  private let scratch = Scratch()
  private let log = EventLog()
  private var keys: KeyFolder { KeyFolder(path: scratch.file("keys")) }

  private func coordinator(
    keys: KeyFolder?, localWorkers: Int = 0
  ) throws -> (coordinator: Coordinator, endpoint: Endpoint) {
    var configuration = Cluster.configuration(workers: localWorkers)
    configuration.listen = .tcp(host: "127.0.0.1", port: 0)
    configuration.keys = keys
    let coordinator = try Coordinator(
      configuration: configuration, folder: Cluster.folder(scratch), cancellation: Cancellation(),
      onEvent: log.note)
    return (coordinator, try #require(coordinator.endpoint))
  }

  private func ask(
    _ endpoint: Endpoint, _ security: SocketSecurity = .open, seconds: Int = 60
  ) throws -> StatusQuery.Answer {
    try StatusQuery(endpoint, security, build: "asker", limit: .seconds(seconds)).answer()
  }

  @Test func `is answered to viewers and workers, and makes nobody a worker`() throws {
    try keys.addViewer("boss")
    try keys.addWorker("far")
    let (coordinator, endpoint) = try coordinator(keys: keys)
    let viewer = try KeyFolder(path: keys.viewerFolder("boss")).viewerSecurity()
    let worker = try KeyFolder(path: keys.workerFolder("far")).viewerSecurity()
    let first = try ask(endpoint, viewer)
    #expect(first.build == "test" && first.text == nil)
    coordinator.tellStatus("{\"stage\": \"größe\"}")
    for security in [viewer, worker] {
      let answer = try ask(endpoint, security)
      #expect(answer.build == "test" && answer.text == "{\"stage\": \"größe\"}")
      #expect((0..<600).contains(answer.age))
    }
    #expect(coordinator.snapshot.workers.isEmpty)
    try coordinator.shutDown()
    #expect(!log.contains { if case .workerJoined = $0 { true } else { false } })
  }

  @Test func `of a longest text is answered whole`() throws {
    let (coordinator, endpoint) = try coordinator(keys: nil)
    let text = String(repeating: "x", count: StatusQuery.byteLimit)
    coordinator.tellStatus(text)
    #expect(try ask(endpoint).text == text)
    try coordinator.shutDown()
  }

  @Test func `needs a key that is known, and no withdrawn one`() throws {
    try keys.addViewer("boss")
    try keys.addViewer("former")
    let other = KeyFolder(path: scratch.file("other"))
    try other.addViewer("boss")
    let (coordinator, endpoint) = try coordinator(keys: keys)
    let former = try KeyFolder(path: keys.viewerFolder("former")).viewerSecurity()
    #expect(try ask(endpoint, former).text == nil)
    try #require(unsafe unlink(keys.path + "/viewing/former.pub") == 0)
    let stranger = try KeyFolder(path: other.viewerFolder("boss")).viewerSecurity()
    // The folder is read once a second.
    let isRefused = Cluster.eventually {
      do { _ = try ask(endpoint, former) } catch {
        if case StatusQueryError.keysRefused? = error as? StatusQueryError { return true }
      }
      return false
    }
    #expect(isRefused)
    for security in [stranger, .open] {
      let error = #expect(throws: StatusQueryError.self) { try ask(endpoint, security) }
      guard case .keysRefused? = error else {
        Issue.record("\(String(describing: error))")
        continue
      }
    }
    let boss = try KeyFolder(path: keys.viewerFolder("boss")).viewerSecurity()
    #expect(try ask(endpoint, boss).text == nil)
    try coordinator.shutDown()
  }

  @Test func `does not let a viewer work`() throws {
    try keys.addViewer("boss")
    try keys.addWorker("good")
    let (coordinator, endpoint) = try coordinator(keys: keys)
    let folder = keys.viewerFolder("boss")
    // A worker looks for a file of another name, so that it cannot be mistaken; renamed it is.
    #expect(throws: KeyError.missing(folder + "/worker.key", made: "KEYS")) {
      try KeyFolder(path: folder).workerSecurity()
    }
    try #require(unsafe rename(folder + "/viewer.key", folder + "/worker.key") == 0)
    let viewer = Cluster.spawn(["--connect", "\(endpoint)", "--keys", folder])
    #expect(Cluster.wait(for: viewer) == 76)
    let good = Cluster.spawn(["--connect", "\(endpoint)", "--keys", keys.workerFolder("good")])
    let results = try coordinator.run([Cluster.task("hash", [1])])
    #expect(results.map(\.worker) == ["good"])
    try coordinator.shutDown()
    #expect(Cluster.wait(for: good) == 0)
    #expect(
      log.contains {
        if case .workerRejected(_, let reason) = $0 {
          reason == "its key may only ask for the status"
        } else {
          false
        }
      })
  }

  @Test func `that nobody answers says so in time`() throws {
    let error = #expect(throws: StatusQueryError.self) {
      try ask(.tcp(host: "127.0.0.1", port: 9), seconds: 1)
    }
    #expect(
      error
        == .silent(.tcp(host: "127.0.0.1", port: 9), isThere: false, limit: .seconds(1)))
    // Somebody is there, and speaks ZeroMQ, but does not answer.
    let mute = try RouterSocket(try ZeroMQ(), options: .control)
    let endpoint = try mute.bind(.tcp(host: "127.0.0.1", port: 0))
    let other = #expect(throws: StatusQueryError.self) { try ask(endpoint, seconds: 2) }
    #expect(other == .silent(endpoint, isThere: true, limit: .seconds(2)))
    #expect(other?.description.contains("somebody is connected") == true)
  }

  @Test func `of another version is refused with both versions`() throws {
    let (coordinator, endpoint) = try coordinator(keys: nil)
    let peer = try RawPeer(endpoint)
    var frames = try Envelope(
      run: .none, message: .askStatus(StatusQuestion(protocols: 8...9, build: "new"))
    ).frames()
    frames[0][4] = 9
    try peer.send(frames)
    guard case .reject(.protocolVersion, let text)? = try peer.next() else {
      Issue.record("it was not refused")
      return
    }
    #expect(text.contains("8 to 9 (build 'new')") && text.contains("1 (build 'test')"))
    try coordinator.shutDown()
  }

  @Test func `asked again and again disturbs no task and is not always answered`() throws {
    let (coordinator, endpoint) = try coordinator(keys: nil, localWorkers: 1)
    coordinator.tellStatus(String(repeating: "x", count: StatusQuery.byteLimit))
    let peer = try RawPeer(endpoint)
    let question = try Envelope(
      run: .none, message: .askStatus(StatusQuestion(protocols: 1...1, build: "b"))
    ).frames()
    var sent = 0
    log.onEvent = { event in
      guard case .taskFinished = event.kind else { return }
      for _ in 0..<20 where peer.tries(question) { sent += 1 }
    }
    let results = try coordinator.run((0..<50).map { Cluster.task("hash", [UInt8($0)]) })
    #expect(results.allSatisfy { $0.attempt == 1 })
    #expect(sent > 0)
    #expect(log.losses == [])
    try coordinator.shutDown()
  }
}
