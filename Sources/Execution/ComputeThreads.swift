internal import COneDNN
internal import Glibc

/// Sets how many OpenMP threads oneDNN uses when called from the calling thread.
///
/// An `Executor` sets its own count while it runs, so this is for other users of oneDNN.
/// - Precondition: `count` is positive.
package func setComputeThreads(_ count: Int) {
  precondition(count > 0, "at least one thread computes")
  OpenMP.shared.setThreads(Int32(clamping: count))
}

/// Runs `body` with `count` OpenMP threads for the calling thread, then restores its own count.
func withComputeThreads<Result, Failure: Error>(
  _ count: Int, _ body: () throws(Failure) -> Result
) throws(Failure) -> Result {
  let before = OpenMP.shared.threads()
  guard Int(before) != count else { return try body() }
  OpenMP.shared.setThreads(Int32(clamping: count))
  defer { OpenMP.shared.setThreads(before) }
  return try body()
}

/// The two functions of the OpenMP runtime that oneDNN was linked with.
///
/// Looked up by name, so that the package needs no OpenMP headers; where the runtime is missing
/// (a sequential oneDNN) there is one thread.
private struct OpenMP: Sendable {
  let setThreads: @Sendable @convention(c) (Int32) -> Void
  let threads: @Sendable @convention(c) () -> Int32

  static let shared = OpenMP()

  private init() {
    // A null handle is RTLD_DEFAULT: every library that is loaded. The casts give the symbols
    // their types from OpenMP's specification.
    if let set = unsafe dlsym(nil, "omp_set_num_threads"),
      let get = unsafe dlsym(nil, "omp_get_max_threads")
    {
      setThreads = unsafe unsafeBitCast(
        set, to: (@Sendable @convention(c) (Int32) -> Void).self)
      threads = unsafe unsafeBitCast(get, to: (@Sendable @convention(c) () -> Int32).self)
    } else {
      setThreads = { _ in }
      threads = { 1 }
    }
  }
}

/// The library version and instruction set that decide fp32 results, for example
/// "oneDNN 2.6.3 avx512_core_bf16".
package func executionKernelID() -> String {
  guard let version = unsafe dnnl_version()?.pointee else { return "oneDNN" }
  let number = unsafe "\(version.major).\(version.minor).\(version.patch)"
  let isa = dnnl_get_effective_cpu_isa()
  let names: [(dnnl_cpu_isa_t, String)] = [
    (dnnl_cpu_isa_sse41, "sse41"), (dnnl_cpu_isa_avx, "avx"), (dnnl_cpu_isa_avx2, "avx2"),
    (dnnl_cpu_isa_avx2_vnni, "avx2_vnni"), (dnnl_cpu_isa_avx512_core, "avx512_core"),
    (dnnl_cpu_isa_avx512_core_vnni, "avx512_core_vnni"),
    (dnnl_cpu_isa_avx512_core_bf16, "avx512_core_bf16"),
    (dnnl_cpu_isa_avx512_core_amx, "avx512_core_amx"),
  ]
  let name = names.first { $0.0 == isa }?.1 ?? "isa\(isa.rawValue)"
  return "oneDNN \(number) \(name)"
}
