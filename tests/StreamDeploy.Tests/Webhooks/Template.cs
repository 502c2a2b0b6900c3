using YamlDotNet.RepresentationModel;

namespace StreamDeploy.Tests.Webhooks;

/// <summary>The files of docker/templates, as they are in the tree.</summary>
internal static class Template
{
    private static readonly string Folder = FindFolder();

    public static string Text(string name) => File.ReadAllText(Path.Combine(Folder, name));

    public static YamlNode Yaml(string name) => Parse(Text(name));

    public static YamlNode Parse(string text)
    {
        var stream = new YamlStream();
        stream.Load(new StringReader(text));
        return Assert.Single(stream.Documents).RootNode;
    }

    public static YamlNode At(this YamlNode node, params string[] path) => path.Aggregate(node, (at, name) => Assert.IsType<YamlMappingNode>(at).Children[name]);

    public static IEnumerable<YamlNode> Items(this YamlNode node) => Assert.IsType<YamlSequenceNode>(node).Children;

    public static string Value(this YamlNode node) => Assert.IsType<YamlScalarNode>(node).Value!;

    public static Dictionary<string, string> Fields(this YamlNode node) =>
        Assert.IsType<YamlMappingNode>(node).Children.ToDictionary(field => field.Key.Value(), field => (field.Value as YamlScalarNode)?.Value ?? "");

    private static string FindFolder()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "StreamDeploy.sln")))
                return Path.Combine(folder.FullName, "docker", "templates");
        }

        throw new InvalidOperationException("StreamDeploy.sln is nowhere above the tests.");
    }
}
