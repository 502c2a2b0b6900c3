using System.CommandLine;
using StreamDeploy.Cli.Settings;

namespace StreamDeploy.Tests.Cli;

/// <summary>A setting from a file that the environment names, as containers get their secrets.</summary>
public sealed class SecretFileTests : IDisposable
{
    private static readonly Setting<string> Key = SettingOf.Text("some-key", "A key");

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("streamdeploy-secrets-");

    private string File => Path.Combine(_folder.FullName, "key");

    public void Dispose() => _folder.Delete(recursive: true);

    [Theory]
    [InlineData("secret")]
    [InlineData("secret\n")]
    [InlineData("secret\r\n")]
    public void The_value_is_the_file_without_its_line_end(string content)
    {
        System.IO.File.WriteAllText(File, content);

        Assert.Equal("secret", Key.Of(Source(("STREAMDEPLOY_SOME_KEY_FILE", File))));
    }

    [Fact]
    public void A_value_and_a_file_together_are_refused()
    {
        var e = Assert.Throws<SettingException>(() => Key.Of(Source(("STREAMDEPLOY_SOME_KEY", "a"), ("STREAMDEPLOY_SOME_KEY_FILE", File))));

        Assert.Equal("STREAMDEPLOY_SOME_KEY and STREAMDEPLOY_SOME_KEY_FILE are both set: keep one of them.", e.Message);
    }

    [Fact]
    public void A_file_that_is_not_there_is_named_with_its_variable()
    {
        var e = Assert.Throws<SettingException>(() => Key.Of(Source(("STREAMDEPLOY_SOME_KEY_FILE", File))));

        Assert.StartsWith($"STREAMDEPLOY_SOME_KEY_FILE: {File} cannot be read", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_without_a_value_is_refused_and_not_taken_for_none()
    {
        System.IO.File.WriteAllText(File, "\n");

        var e = Assert.Throws<SettingException>(() => Key.Of(Source(("STREAMDEPLOY_SOME_KEY_FILE", File))));

        Assert.Contains($"STREAMDEPLOY_SOME_KEY_FILE ({File})", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_large_file_is_no_value()
    {
        System.IO.File.WriteAllText(File, new string('x', 70_000));

        var e = Assert.Throws<SettingException>(() => Key.Of(Source(("STREAMDEPLOY_SOME_KEY_FILE", File))));

        Assert.Contains("must hold one value", e.Message, StringComparison.Ordinal);
    }

    private static SettingsSource Source(params (string Name, string Value)[] environment) =>
        new(new RootCommand().Parse(""), path: null, name => environment.FirstOrDefault(variable => variable.Name == name).Value);
}
