using System.Globalization;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace StreamDeploy.Connectors.Webhooks;

/// <summary>What is wrong with a file, gathered so that a person mends it in one go.</summary>
internal sealed class YamlProblems(string file)
{
    private readonly SortedSet<(long Line, string Text)> _lines = [];

    public bool Any => _lines.Count > 0;

    public void Add(YamlNode at, string path, string problem) => Add(at.Start, path, problem);

    public void Add(Mark at, string path, string problem) =>
        _lines.Add((at.Line, string.Create(CultureInfo.InvariantCulture, $"{file}:{at.Line}: {(path.Length == 0 ? "" : path + ": ")}{problem}")));

    public override string ToString() => string.Join('\n', _lines.Select(line => line.Text));
}

/// <summary>Strict reading of one YAML mapping: a key that nobody asked for is a problem, as is a value of another type.</summary>
internal sealed class YamlFields
{
    private readonly Dictionary<string, YamlNode> _values = new(StringComparer.Ordinal);
    private readonly HashSet<string> _known = new(StringComparer.Ordinal);
    private readonly YamlNode _node;
    private readonly string _path;
    private readonly YamlProblems _problems;

    public YamlFields(YamlNode node, string path, YamlProblems problems)
    {
        _node = node;
        _path = path;
        _problems = problems;
        if (node is not YamlMappingNode mapping)
        {
            problems.Add(node, path, "must be a mapping (key: value)");
            return;
        }

        foreach (var (key, value) in mapping.Children)
        {
            if (key is YamlScalarNode { Value: { } name })
                _values[name] = value;
            else
                problems.Add(key, path, "a key must be a plain text");
        }
    }

    public string PathOf(string name) => _path.Length == 0 ? name : $"{_path}.{name}";

    public YamlNode NodeOf(string name) => _values.GetValueOrDefault(name, _node);

    public void Problem(string name, string problem) => _problems.Add(NodeOf(name), PathOf(name), problem);

    public string? Text(string name, int max = Texts.NameMax)
    {
        if (Scalar(name, "a text") is not { } value)
            return null;
        var text = value.Value!.Trim();
        if (text.Length <= max)
            return text.Length == 0 ? null : text;
        Problem(name, $"is longer than {max} characters");
        return null;
    }

    public string RequiredText(string name)
    {
        var reported = _values.ContainsKey(name) && !IsNull(_values[name]) && _values[name] is not YamlScalarNode;
        var text = Text(name);
        if (text is null && !reported)
            Problem(name, "is missing");
        return text ?? "";
    }

    public long? Id(string name)
    {
        if (Scalar(name, "a whole number greater than 0") is not { } value)
            return null;
        if (IsId(value, out var id))
            return id;
        Problem(name, "must be a whole number greater than 0");
        return null;
    }

    public long RequiredId(string name)
    {
        if (!_values.TryGetValue(name, out var value) || IsNull(value))
            _problems.Add(_node, PathOf(name), "is missing");
        return Id(name) ?? 0;
    }

    public bool Flag(string name)
    {
        if (Scalar(name, "true or false") is not { } value)
            return false;
        if (value is { Style: ScalarStyle.Plain, Value: "true" or "false" })
            return value.Value == "true";
        Problem(name, "must be true or false");
        return false;
    }

    public long? Duration(string name)
    {
        if (Scalar(name, "a duration") is not { } value)
            return null;
        if (Durations.TryParse(value.Value!, out var durationMs) && durationMs > 0)
            return durationMs;
        Problem(name, "must be a duration greater than 0 such as 30m, 24h or 1h30m");
        return null;
    }

    public long? Time(string name)
    {
        if (Scalar(name, "a time") is not { } value)
            return null;
        if (EventTime.TryParse(value.Value!, out var timeMs))
            return timeMs;
        Problem(name, "must be a time such as 2026-01-31T12:00:00Z");
        return null;
    }

    public T OneOf<T>(string name, T fallback, params T[] allowed)
        where T : struct, Enum
    {
        if (Scalar(name, "a text") is not { } value)
            return fallback;
        foreach (var symbol in allowed)
        {
            if (symbol.ToString() == value.Value)
                return symbol;
        }

        Problem(name, $"must be one of {string.Join(", ", allowed)}");
        return fallback;
    }

    /// <summary>The texts of a list, each with its node.</summary>
    public List<(string Text, YamlNode At, string Path)> TextList(string name)
    {
        var texts = new List<(string, YamlNode, string)>();
        foreach (var (item, itemPath) in List(name))
        {
            if (item is YamlScalarNode { Value.Length: > 0 } scalar && !IsNull(item))
                texts.Add((scalar.Value, item, itemPath));
            else
                _problems.Add(item, itemPath, "must be a text");
        }

        return texts;
    }

    public List<(long Id, YamlNode At, string Path)> IdList(string name)
    {
        var ids = new List<(long, YamlNode, string)>();
        foreach (var (item, itemPath) in List(name))
        {
            if (item is not YamlScalarNode scalar || !IsId(scalar, out var id))
                _problems.Add(item, itemPath, "must be a whole number greater than 0");
            else if (ids.Exists(entry => entry.Item1 == id))
                _problems.Add(item, itemPath, $"{id} stands in the list twice");
            else
                ids.Add((id, item, itemPath));
        }

        return ids;
    }

    public IEnumerable<(YamlNode Item, string Path)> List(string name)
    {
        _known.Add(name);
        if (!_values.TryGetValue(name, out var value) || IsNull(value))
            return [];
        if (value is YamlSequenceNode sequence)
            return sequence.Children.Select((item, i) => (item, string.Create(CultureInfo.InvariantCulture, $"{PathOf(name)}[{i}]")));
        Problem(name, "must be a list");
        return [];
    }

    /// <summary>To be called last: what is left is unknown.</summary>
    public void RefuseUnknown()
    {
        foreach (var name in _values.Keys.Where(name => !_known.Contains(name)))
            _problems.Add(_values[name], PathOf(name), $"is not known here; known are {string.Join(", ", _known)}");
    }

    private YamlScalarNode? Scalar(string name, string what)
    {
        _known.Add(name);
        if (!_values.TryGetValue(name, out var value) || IsNull(value))
            return null;
        if (value is YamlScalarNode { Value: not null } scalar)
            return scalar;
        Problem(name, $"must be {what}");
        return null;
    }

    private static bool IsId(YamlScalarNode scalar, out long id)
    {
        id = 0;
        return scalar.Style == ScalarStyle.Plain && long.TryParse(scalar.Value, NumberStyles.None, CultureInfo.InvariantCulture, out id) && id > 0;
    }

    private static bool IsNull(YamlNode value) => value is YamlScalarNode { Style: ScalarStyle.Plain, Value: null or "" or "~" or "null" };
}
