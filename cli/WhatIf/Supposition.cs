using System.Globalization;
using StreamDeploy.Cli.Settings;
using StreamDeploy.Connectors.Webhooks;
using StreamDeploy.Schemas;
using StreamDeploy.Topology;

namespace StreamDeploy.Cli.WhatIf;

/// <summary>What <c>--set</c> supposes: settings of the answer, and fields of pipelines.</summary>
internal sealed class Supposition
{
    private const string PipelinePrefix = "pipeline.";
    private const string PipelineFields = "pipeline.ID.before, pipeline.ID.shared";

    private readonly Dictionary<string, string> _settings = new(StringComparer.Ordinal);
    private readonly Dictionary<long, Func<DeploymentPipeline, DeploymentPipeline>> _pipelines = [];
    private readonly List<string> _texts = [];

    private Supposition()
    {
    }

    public bool IsEmpty => _texts.Count == 0;

    /// <summary>A window for everyone: then nobody's own holds, but what is supposed of a pipeline.</summary>
    public bool ReplacesWindows => _settings.ContainsKey("before");

    public IReadOnlyCollection<long> PipelineIds => _pipelines.Keys;

    /// <exception cref="SettingException">Something is not NAME=VALUE, or there is no such name.</exception>
    public static Supposition Parse(IEnumerable<string> pairs)
    {
        var supposed = new Supposition();
        foreach (var pair in pairs)
        {
            var equals = pair.IndexOf('=');
            if (equals <= 0) throw new SettingException($"--set {pair}: give NAME=VALUE, such as before=30m.");
            var (name, value) = (pair[..equals], pair[(equals + 1)..]);
            if (name.StartsWith(PipelinePrefix, StringComparison.Ordinal)) supposed.AddPipeline(name, value);
            else if (Array.Exists(JoinOptions.All, setting => setting.Name == name)) supposed._settings[name] = value;
            else throw new SettingException($"--set {name}: there is no such setting of the answer. There are: {string.Join(", ", JoinOptions.All.Select(setting => setting.Name))}, {PipelineFields}.");
            supposed._texts.Add(pair);
        }
        return supposed;
    }

    /// <exception cref="SettingException">A value is none, or does not fit to the others.</exception>
    public JoinSettings Of(SettingsSource source) => JoinOptions.Of(source.With(_settings, "--set "));

    public DeploymentPipeline Of(DeploymentPipeline pipeline)
    {
        if (ReplacesWindows) pipeline = pipeline with { BeforeMs = null };
        return _pipelines.TryGetValue(pipeline.Id, out var change) ? change(pipeline) : pipeline;
    }

    public Account Of(Account account) => ReplacesWindows ? account with { BeforeMs = null } : account;

    public override string ToString() => string.Join(", ", _texts);

    private void AddPipeline(string name, string value)
    {
        var parts = name[PipelinePrefix.Length..].Split('.');
        if (parts.Length != 2 || !long.TryParse(parts[0], NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var id) || parts[1] is not ("before" or "shared"))
            throw new SettingException($"--set {name}: of a pipeline there are: {PipelineFields}.");
        var before = _pipelines.GetValueOrDefault(id, static pipeline => pipeline);
        if (parts[1] == "shared")
        {
            if (!bool.TryParse(value, out var shared)) throw new SettingException($"--set {name} is \"{value}\", but must be true or false.");
            _pipelines[id] = pipeline => before(pipeline) with { Shared = shared };
        }
        else
        {
            if (!Durations.TryParse(value, out var ms) || ms <= 0) throw new SettingException($"--set {name} is \"{value}\", but must be a duration such as 30m, 2h or 1d.");
            _pipelines[id] = pipeline => before(pipeline) with { BeforeMs = ms };
        }
    }
}
