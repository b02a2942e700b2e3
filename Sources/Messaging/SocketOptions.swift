/// The settings of one socket; every bound that keeps a silent loss from happening is here.
package struct SocketOptions: Sendable, Equatable {
  /// Messages that may wait in each direction per peer.
  ///
  /// Counted in messages, so bulk bytes in flight are `highWaterMark` times the chunk size.
  package var highWaterMark: Int32
  /// Milliseconds that closing waits for unsent messages; never infinite.
  package var lingerMilliseconds: Int32 = 1_000
  /// The longest frame that is accepted, in bytes; a longer one ends the connection.
  package var frameByteLimit: Int64 = 8 << 20
  /// Seconds of silence after which the system asks a TCP peer whether it is there.
  package var probeSeconds: Int32 = 4
  /// Milliseconds for which sent bytes or such questions may stay unanswered before a TCP
  /// connection counts as cut.
  ///
  /// ZMTP's own heartbeats stay off. libzmq 4.3.4 ends the whole process (`Assertion failed:
  /// !_io_error`) when their timer fires on a connection that has ended while its last messages
  /// wait for room in a full queue.
  package var cutMilliseconds: Int32 = 10_000
  /// Milliseconds that a peer has for the protocol's greeting.
  package var handshakeMilliseconds: Int32 = 10_000
  /// Milliseconds before the first attempt to connect again; doubled up to the limit.
  package var reconnectMilliseconds: Int32 = 100
  package var reconnectLimitMilliseconds: Int32 = 10_000

  /// Small messages that must not wait behind bulk bytes.
  package static let control = SocketOptions(highWaterMark: 16)
  /// Chunks of blobs and the requests for them.
  package static let bulk = SocketOptions(highWaterMark: 32)

  package init(highWaterMark: Int32) { self.highWaterMark = highWaterMark }
}
