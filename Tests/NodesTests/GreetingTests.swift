import Coordination
import Glibc
import Messaging
import Nodes
import Tensors
import Testing
import Wire

/// Greetings that come twice, or are answered twice.
@Suite(.timeLimit(.minutes(10))) struct `a greeting` {
  /// A hello that waited for a connection may be sent twice, and is answered twice. The second
  /// answer, which may come when tasks are in hand, must not cost any of them.
  @Test func `that is answered again costs the worker none of its tasks`() throws {
    let scratch = Scratch()
    let coordinator = try RawCoordinator()
    let worker = Cluster.spawn(["--connect", "\(coordinator.endpoint)"])
    let (hello, routing) = try coordinator.next { message -> Hello? in
      if case .hello(let hello) = message { hello } else { nil }
    }
    coordinator.send(coordinator.welcome(hello), to: routing)
    let go = scratch.file("go")
    // One that runs, and one that waits behind it.
    for number in [UInt64(1), 2] {
      let path = Array((go + String(repeating: "/", count: Int(number))).utf8)
      coordinator.send(
        .task(
          Assignment(
            task: TaskID(number: number), key: Digest(of: path), lease: LeaseID(number: number),
            attempt: 1, kind: "await", parameters: path, inputs: [], memoryBytes: 0,
            label: "task \(number)")), to: routing)
    }
    for _ in [1, 2] {
      _ = try coordinator.next { message -> Bool? in
        if case .accept = message { true } else { nil }
      }
    }
    coordinator.send(coordinator.welcome(hello), to: routing)
    // What is answered to this was read after the second welcome.
    coordinator.send(.revoke(LeaseID(number: 99)), to: routing)
    _ = try coordinator.next { message -> Bool? in
      if case .released(LeaseID(number: 99)) = message { true } else { nil }
    }
    unsafe mkdir(go, 0o700)
    var done: Set<TaskID> = []
    while done.count < 2 {
      let (offer, _) = try coordinator.next { message -> ResultOffer? in
        if case .result(let offer) = message { offer } else { nil }
      }
      done.insert(offer.reference.task)
      coordinator.send(
        .resultAck(
          Acknowledgement(
            key: offer.reference.key, lease: offer.reference.lease, code: .stored)), to: routing)
    }
    coordinator.send(.bye(text: "over"), to: routing)
    #expect(Cluster.wait(for: worker) == 0)
  }

  /// Two connections that claim to be one worker: the newer one counts, the older is told.
  @Test func `of a worker that is there already takes its place`() throws {
    let scratch = Scratch()
    let log = EventLog()
    var configuration = Cluster.configuration(workers: 1)
    configuration.listen = .tcp(host: "127.0.0.1", port: 0)
    let coordinator = try Coordinator(
      configuration: configuration, folder: Cluster.folder(scratch), cancellation: Cancellation(),
      onEvent: log.note)
    let endpoint = try #require(coordinator.endpoint)
    let (older, newer) = (try RawPeer(endpoint), try RawPeer(endpoint))
    for (number, peer) in [(UInt64(1), older), (2, newer)] {
      let hello = Hello(
        protocols: 1...1, build: "test", kernel: "plain", instance: InstanceID(high: 3, low: 4),
        process: 5, host: "h", name: "twin", slots: 1, cores: 1, memoryBytes: 1 << 30,
        number: number, endpoint: "\(endpoint)")
      try peer.send(.hello(hello))
      guard case .welcome(let welcome)? = try peer.next() else {
        Issue.record("greeting \(number) was not answered with a welcome")
        return
      }
      #expect(welcome.hello == number && welcome.name == "twin")
    }
    let run = try {
      try newer.send(.beat(Beat(sequence: 1, entries: [], residentBytes: 0)))
      return try newer.nextEnvelope().run
    }()
    try older.send(.beat(Beat(sequence: 7, entries: [], residentBytes: 0)), run: run)
    // Whatever was given to it before it was replaced.
    var answer = try older.next()
    while case .task? = answer { answer = try older.next() }
    guard case .error(.unknownWorker, _)? = answer else {
      Issue.record("the older one was answered \(String(describing: answer))")
      return
    }
    try newer.send(.beat(Beat(sequence: 8, entries: [], residentBytes: 0)), run: run)
    guard case .beatAck(8)? = try newer.next() else {
      Issue.record("the newer one is not known")
      return
    }
    let names = coordinator.snapshot.workers.keys
    #expect(names.count { $0 == "twin" } == 1 && !names.contains("twin#2"))
    try newer.send(.bye(text: ""), run: run)
    let results = try coordinator.run((0..<4).map { Cluster.task("hash", [UInt8($0)]) })
    #expect(results.allSatisfy { $0.worker == "local-1" })
    try coordinator.shutDown()
  }
}
