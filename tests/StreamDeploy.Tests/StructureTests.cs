using System.Text.RegularExpressions;
using StreamDeploy.Tests.Cli;

namespace StreamDeploy.Tests;

/// <summary>What the tree promises about itself.</summary>
public sealed partial class StructureTests
{
    private static readonly string Root = Repository.Path();

    /// <summary>Who may use whom inside the connectors; topology and schemas are guarded by their project references.</summary>
    [Theory]
    [InlineData("Kafka", "Webhooks", "ClickHouse", "LiveView", "Embedded")]
    [InlineData("Webhooks", "ClickHouse", "LiveView", "Embedded")]
    [InlineData("ClickHouse", "Webhooks", "LiveView", "Embedded")]
    // The one who reads the history beside the topics.
    [InlineData("LiveView", "Webhooks", "Embedded")]
    public void Connectors_know_each_other_only_through_topics(string folder, params string[] strangers)
    {
        foreach (var (file, text) in Sources("connectors", folder))
        {
            foreach (var stranger in strangers)
                Assert.False(text.Contains($"StreamDeploy.Connectors.{stranger}", StringComparison.Ordinal), $"{file} uses {stranger}");
        }
    }

    [Fact]
    public void Only_the_Kafka_folder_and_the_embedded_cluster_name_the_Kafka_client()
    {
        foreach (var (file, text) in Sources("connectors").Concat(Sources("cli")).Concat(Sources("topology")).Concat(Sources("schemas")))
        {
            if (text.Contains("using Confluent.Kafka", StringComparison.Ordinal))
                Assert.True(file.Contains("connectors/Kafka/", StringComparison.Ordinal) || file.EndsWith("Embedded/EmbeddedKafka.cs", StringComparison.Ordinal), file);
        }
    }

    /// <summary>.NET throws at the second, which is met only where both native libraries are used in one process.</summary>
    [Fact]
    public void One_resolver_finds_the_native_libraries() =>
        Assert.Equal(["connectors/NativeLibraries.cs"], Sources("connectors").Concat(Sources("cli")).Where(file => file.Text.Contains("SetDllImportResolver", StringComparison.Ordinal)).Select(file => file.File));

    [Fact]
    public void The_files_and_folders_that_the_README_names_exist()
    {
        var named = PathInBackticks().Matches(Readme()).Concat(PathInLink().Matches(Readme())).Select(match => match.Groups[1].Value).Distinct().ToArray();

        Assert.True(named.Length > 10, $"only {named.Length} paths were found in the README");
        Assert.DoesNotContain(named, path => !Path.Exists(Path.Combine(Root, path)));
    }

    [Fact]
    public async Task The_commands_that_the_README_names_exist()
    {
        var script = new[] { "setup", "test", "bench", "chaos" };
        var (_, help, _) = await CliProcess.RunAsync(["--help"]);
        var named = Verb().Matches(Readme()).Select(match => match.Groups[1].Value).Distinct().ToArray();

        Assert.Contains("demo", named);
        Assert.DoesNotContain(named, verb => !script.Contains(verb) && !Regex.IsMatch(help, $@"^  {verb}\b", RegexOptions.Multiline));
    }

    private static string Readme() => File.ReadAllText(Path.Combine(Root, "README.md"));

    private static IEnumerable<(string File, string Text)> Sources(params string[] folder) =>
        Directory.EnumerateFiles(Path.Combine([Root, .. folder]), "*.cs", SearchOption.AllDirectories)
            .Select(file => (Path.GetRelativePath(Root, file).Replace('\\', '/'), File.ReadAllText(file)));

    [GeneratedRegex(@"`((?:schemas|topology|connectors|cli|tests|docker)/[A-Za-z0-9_./-]*)`")]
    private static partial Regex PathInBackticks();

    [GeneratedRegex(@"\]\(((?!https?:|#)[^)]+)\)")]
    private static partial Regex PathInLink();

    [GeneratedRegex(@"(?:^|[ `])(?:\./)?streamdeploy ([a-z]+)")]
    private static partial Regex Verb();
}
