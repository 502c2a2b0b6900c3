using System.Text.RegularExpressions;
using YamlDotNet.Core;
using YamlDotNet.Serialization;

namespace StreamDeploy.Tests.Docker;

/// <summary>docker/compose.yaml with its merges done and without variables: each has the default that stands beside it.</summary>
internal static partial class ComposeFile
{
    private static readonly Lazy<Dictionary<object, object>> Root = new(() =>
    {
        string text = Variable().Replace(File.ReadAllText(Repository.Path("docker", "compose.yaml")), match => match.Groups[1].Value);
        return new DeserializerBuilder().Build().Deserialize<Dictionary<object, object>>(new MergingParser(new Parser(new StringReader(text))));
    });

    public static IReadOnlyList<string> Services => [.. Section("services").Keys.Cast<string>()];

    public static IReadOnlyList<string> Volumes => [.. Section("volumes").Keys.Cast<string>()];

    public static Dictionary<object, object> Service(string name) => (Dictionary<object, object>)Section("services")[name];

    /// <summary>Empty where the service has none.</summary>
    public static IReadOnlyList<string> List(string service, string key) =>
        Service(service).TryGetValue(key, out object? list) ? [.. ((List<object>)list).Cast<string>()] : [];

    public static string? Text(string service, string key) => Service(service).GetValueOrDefault(key) as string;

    private static Dictionary<object, object> Section(string name) => (Dictionary<object, object>)Root.Value[name];

    [GeneratedRegex(@"\$\{\w+:-([^}]*)\}")]
    private static partial Regex Variable();
}
