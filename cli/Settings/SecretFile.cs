namespace StreamDeploy.Cli.Settings;

/// <summary>
/// A value in a file of its own, as Docker and Kubernetes mount secrets: <c>STREAMDEPLOY_NAME_FILE</c> names it.
/// A variable itself is seen by whoever may inspect the container.
/// </summary>
internal static class SecretFile
{
    public const string Suffix = "_FILE";

    /// <summary>More is no value but a wrong file.</summary>
    private const int CharactersMax = 64 * 1024;

    /// <returns>The file's text without the line end that editors and <c>echo</c> put after it.</returns>
    public static string Read(string variable, string path)
    {
        try
        {
            using var reader = new StreamReader(path);
            var text = new char[CharactersMax + 1];
            var length = reader.ReadBlock(text);
            if (length > CharactersMax)
                throw new SettingException($"{variable}: {path} has more than {CharactersMax} characters, but must hold one value.");
            return new string(text, 0, length).TrimEnd('\r', '\n');
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new SettingException($"{variable}: {Unreadable.Because(path, e)}");
        }
    }
}
