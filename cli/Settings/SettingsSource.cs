using System.CommandLine;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace StreamDeploy.Cli.Settings;

/// <summary>Where settings come from: the flags, then the environment or a file that it names, then the configuration file.</summary>
internal sealed class SettingsSource
{
    private readonly ParseResult _flags;
    private readonly Func<string, string?> _environment;
    private readonly Dictionary<string, (string Text, int Line)> _file = new(StringComparer.Ordinal);
    private readonly string? _path;
    private Dictionary<string, string> _supposed = [];
    private string _supposedOrigin = "";

    public SettingsSource(ParseResult flags, string? path, Func<string, string?> environment)
    {
        (_flags, _environment, _path) = (flags, environment, path);
        if (path is not null) Load(path);
    }

    /// <summary>librdkafka properties of the file's <c>properties</c> section.</summary>
    public Dictionary<string, string> FileProperties { get; } = new(StringComparer.Ordinal);

    /// <summary>The same, but that some settings are supposed to have other values.</summary>
    /// <param name="values">By name.</param>
    /// <param name="origin">What errors put before the name.</param>
    public SettingsSource With(Dictionary<string, string> values, string origin)
    {
        var source = (SettingsSource)MemberwiseClone();
        (source._supposed, source._supposedOrigin) = (values, origin);
        return source;
    }

    public (string? Text, string Origin) Find(Setting setting)
    {
        if (_supposed.TryGetValue(setting.Name, out var supposed)) return (supposed, _supposedOrigin + setting.Name);
        if (_flags.GetResult(setting.Option) is { Implicit: false }) return (_flags.GetValue(setting.Option) ?? "true", setting.Option.Name);
        if (FromEnvironment(setting.Variable) is { } found) return found;
        if (_file.TryGetValue(setting.Name, out var entry)) return (entry.Text, $"{setting.Name} ({_path}, line {entry.Line})");
        return (null, setting.Option.Name);
    }

    private (string Text, string Origin)? FromEnvironment(string variable)
    {
        var value = _environment(variable) is { Length: > 0 } text ? text : null;
        if (_environment(variable + SecretFile.Suffix) is not { Length: > 0 } path)
            return value is null ? null : (value, variable + " (environment)");
        if (value is not null) throw new SettingException($"{variable} and {variable}{SecretFile.Suffix} are both set: keep one of them.");
        return (SecretFile.Read(variable + SecretFile.Suffix, path), $"{variable}{SecretFile.Suffix} ({path})");
    }

    private void Load(string path)
    {
        try
        {
            using var reader = new StreamReader(path);
            var yaml = new YamlStream();
            yaml.Load(reader);
            if (yaml.Documents.Count == 0) return;
            if (yaml.Documents[0].RootNode is not YamlMappingNode root) throw new SettingException($"{path} must hold name: value pairs.");
            foreach (var (key, value) in root.Children) LoadEntry(path, Scalar(path, key), value);
        }
        catch (YamlException e)
        {
            throw new SettingException($"{path}, line {e.Start.Line}: {e.InnerException?.Message ?? e.Message}");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new SettingException("--config: " + Unreadable.Because(path, e));
        }
    }

    private static YamlScalarNode Scalar(string path, YamlNode node) =>
        node as YamlScalarNode ?? throw new SettingException($"{path}, line {node.Start.Line}: a list or map stands where a single name or value is expected.");

    private void LoadEntry(string path, YamlScalarNode key, YamlNode value)
    {
        var name = key.Value ?? "";
        switch (value)
        {
            case YamlMappingNode properties when name == "properties":
                foreach (var (property, text) in properties.Children) FileProperties[Scalar(path, property).Value ?? ""] = Scalar(path, text).Value ?? "";
                return;
            case YamlScalarNode scalar when AllSettings.Names.Contains(name):
                _file[name] = (scalar.Value ?? "", (int)key.Start.Line);
                return;
            default:
                throw new SettingException(AllSettings.Names.Contains(name)
                    ? $"{path}, line {key.Start.Line}: {name} must be a single value."
                    : $"{path}, line {key.Start.Line}: there is no setting {name}. Known are: {string.Join(", ", AllSettings.Names.Order())}, properties.");
        }
    }
}
