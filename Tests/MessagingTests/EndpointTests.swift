import Messaging
import Testing

@Suite struct `endpoints` {
  @Test(arguments: ["tcp://127.0.0.1:5555", "tcp://node-3:1", "ipc:///tmp/a/b"])
  func `are written as they were read`(text: String) throws {
    #expect(try Endpoint(text).description == text)
  }

  @Test(
    arguments: [
      "", "tcp://", "tcp://host", "tcp://:5555", "tcp://host:", "tcp://host:65536",
      "tcp://host:-1", "tcp://[::1]:5555", "tcp://a/b:1", "ipc://", "http://host:1",
      "ipc:///" + String(repeating: "x", count: 107),
    ])
  func `that cannot be used are refused with their text`(text: String) {
    #expect {
      try Endpoint(text)
    } throws: { error in
      "\(error)".hasPrefix("'\(text)' is not an endpoint")
    }
  }

  @Test func `know whether other machines can reach them`() {
    #expect(Endpoint.ipc(path: "/tmp/a").isLocal)
    #expect(Endpoint.tcp(host: "127.0.0.1", port: 1).isLocal)
    #expect(Endpoint.tcp(host: "localhost", port: 1).isLocal)
    #expect(!Endpoint.tcp(host: "0.0.0.0", port: 1).isLocal)
    #expect(!Endpoint.tcp(host: "127.example.org", port: 1).isLocal)
  }
}
