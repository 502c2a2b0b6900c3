using System.CommandLine;
using System.Globalization;
using StreamDeploy.Connectors.Webhooks;

namespace StreamDeploy.Cli.Settings;

/// <summary>A setting that the user got wrong. Its message is for the user; no stack trace is shown.</summary>
internal sealed class SettingException(string message) : Exception(message);

/// <summary>One thing a user may set, under one name: the flag <c>--name</c>, the variable <c>STREAMDEPLOY_NAME</c>, the key <c>name</c> of the file.</summary>
internal abstract class Setting
{
    protected Setting(string name, string description, string? fallback)
    {
        Name = name;
        Variable = "STREAMDEPLOY_" + name.ToUpperInvariant().Replace('-', '_');
        Option = new Option<string?>("--" + name) { Description = fallback is null ? description : $"{description} [default: {fallback}]", HelpName = "VALUE" };
    }

    public string Name { get; }
    public string Variable { get; }
    public Option<string?> Option { get; }
}

/// <summary>A setting with the type its text is read as.</summary>
internal sealed class Setting<T>(string name, string description, string? fallback, Func<string, T> parse, string expected) : Setting(name, description, fallback)
{
    private readonly string? _fallback = fallback;

    /// <summary>Whether its text must not be shown.</summary>
    public bool IsSecret { get; init; }

    /// <returns>The value from the flag, else the environment, else the file, else the default; the type's own default where there is none.</returns>
    public T? Of(SettingsSource source)
    {
        var (text, origin) = source.Find(this);
        text ??= _fallback;
        if (text is null) return default;
        try
        {
            return parse(text);
        }
        catch (FormatException)
        {
            throw new SettingException(IsSecret ? $"{origin} must be {expected}." : $"{origin} is \"{text}\", but must be {expected}.");
        }
        catch (OverflowException)
        {
            throw new SettingException($"{origin} is \"{text}\", which is out of range: it must be {expected}.");
        }
    }
}

/// <summary>The kinds of values that settings have.</summary>
internal static class SettingOf
{
    public static Setting<string> Text(string name, string description, string? fallback = null, bool isSecret = false) =>
        new(name, description, fallback, static text => text.Length > 0 ? text : throw new FormatException(), "a text that is not empty") { IsSecret = isSecret };

    public static Setting<string> OneOf(string name, string description, string fallback, params string[] choices) => new(name, description, fallback,
        text => choices.Contains(text, StringComparer.Ordinal) ? text : throw new FormatException(), "one of " + string.Join(", ", choices));

    public static Setting<long> DurationMs(string name, string description, string fallback) => new(name, description, fallback,
        static text => Durations.TryParse(text, out var ms) ? ms : throw new FormatException(), "a duration such as 500ms, 30m, 2h or 1d");

    public static Setting<int> Integer(string name, string description, string fallback) => new(name, description, fallback,
        static text => int.Parse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture), "a whole number");

    /// <summary>Alone it says yes: <c>--name</c>; elsewhere, and after the flag, it is true or false.</summary>
    public static Setting<bool> Flag(string name, string description)
    {
        var setting = new Setting<bool>(name, description, null, static text => bool.Parse(text), "true or false");
        (setting.Option.Arity, setting.Option.HelpName) = (ArgumentArity.ZeroOrOne, "true|false");
        return setting;
    }

    public static Setting<double> Number(string name, string description, string fallback) => new(name, description, fallback,
        static text => double.Parse(text, NumberStyles.Float, CultureInfo.InvariantCulture), "a number");
}
