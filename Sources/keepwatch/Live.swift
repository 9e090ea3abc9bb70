import ArgumentParser
struct Live: ParsableCommand {
  @OptionGroup var common: ReportOptions
}
struct Demo: ParsableCommand {}
