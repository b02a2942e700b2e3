extension RecipeFile {
  /// What is wrong with options by themselves is wrong usage, not a wrong recipe.
  func checkAsOptions() throws(CommandFailure) {
    do throws(CommandFailure) {
      _ = try resolved()
      _ = try preprocessing()
      _ = try fineTune?.learnedMode()
    } catch {
      throw CommandFailure(error.status == .badRecipe ? .usage : error.status, error.message)
    }
  }
}
