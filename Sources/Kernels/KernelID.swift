internal import COneDNN

/// Names what decides the last bits of fp32 results: the library's version and instruction set.
///
/// The kernel set is not in it: products of low-bit integers are exact on every one.
package func matrixKernelID() -> String {
  guard let version = unsafe dnnl_version()?.pointee else { return "oneDNN" }
  let isa = dnnl_get_effective_cpu_isa().rawValue
  return unsafe "oneDNN-\(version.major).\(version.minor).\(version.patch)-isa\(isa)"
}
