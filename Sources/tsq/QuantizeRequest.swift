/// What a run of the main job is asked for, besides the recipe.
struct QuantizeRequest {
  let model: String
  let data: [String]
  /// Images that may be left out, at most.
  let skipImages: Int
  let validation: [String]
  let validationLabels: String?
  /// The path of the recipe, which must not be overwritten.
  let recipePath: String?
  let output: String
  var learning = LearningSources()
  var planOnly = false
  var workers = WorkerSource()
  /// What each process may take, in GiB.
  var memory: Double?
  var copiesStragglers = true
  let runFolder: String?
  var resume = false
}
