using System.Net;
using System.Text;
using StreamDeploy.Connectors.Embedded;

namespace StreamDeploy.Tests.ClickHouse;

/// <summary>Where our lexer and the engine's disagree, a statement could hide: so they are compared.</summary>
[Collection(EmbeddedClickHouseTests.Name)]
public sealed class ClickHouseLexerTests(EmbeddedClickHouseFixture clickHouse) : IClassFixture<EmbeddedClickHouseFixture>
{
    /// <summary>Pieces whose order decides whether what follows is code, a string or a comment.</summary>
    private static readonly string[] Pieces =
        ["'", "''", "\\", "\"", "`", "--", "//", "#", "# ", "#!", "/*", "*/", "$$", "$a$", "$", "1$a$", "a$b$", "‘", "’", "“", "”", "\n", " ", "x", "x'", "1", ".", "-", "/", "*", "(", ")", "\u00a0", "\u3000", "é"];

    [ClickHouseFact]
    public async Task They_agree_where_strings_and_comments_end()
    {
        // One found by chance once: SELECT 1 $$a$b$//`1$a$'( is a dollar sign, a here-document and an open string.
        int seed = int.TryParse(Environment.GetEnvironmentVariable("STREAMDEPLOY_LEXER_SEED"), out int asked) ? asked : 875455191;
        var random = new Random(seed);
        int seen = 0, hidden = 0, unclosed = 0;
        for (int i = 0; i < 2000; i++)
        {
            string middle = string.Concat(Enumerable.Range(0, random.Next(1, 9)).Select(_ => Pieces[random.Next(Pieces.Length)]));
            // There is no such column: the engine complains of it, unless the word is inside a string or a comment.
            string sql = $"SELECT 1 {middle} , marker_word";
            string? error = await ErrorOfAsync(sql);
            (bool isSeen, bool isUnclosed) = Read(sql);
            if (error is null)
                Assert.False(isSeen, $"seed {seed}: the engine does not see the word, we do: {sql}");
            else if (error.Contains("identifier `marker_word`", StringComparison.Ordinal))
                Assert.True(isSeen, $"seed {seed}: the engine sees the word, we do not: {sql}\n{error}");
            else if (error.Contains("is not closed", StringComparison.Ordinal))
                Assert.True(isUnclosed, $"seed {seed}: a quote or comment is not closed, says the engine: {sql}\n{error}");
            seen += error?.Contains("identifier `marker_word`", StringComparison.Ordinal) == true ? 1 : 0;
            hidden += error is null ? 1 : 0;
            unclosed += isUnclosed ? 1 : 0;
        }
        Assert.True(seen > 20 && hidden > 20 && unclosed > 20, $"seed {seed}: {seen}, {hidden}, {unclosed}: the pieces do not test enough");
    }

    private async Task<string?> ErrorOfAsync(string sql)
    {
        using HttpResponseMessage response = await clickHouse.Http.PostAsync(new Uri(clickHouse.Url, "/"), new StringContent(sql));
        return response.StatusCode == HttpStatusCode.OK ? null : await response.Content.ReadAsStringAsync();
    }

    private static (bool IsSeen, bool IsUnclosed) Read(string sql)
    {
        byte[] text = Encoding.UTF8.GetBytes(sql);
        var lexer = new ClickHouseLexer(text);
        bool seen = false;
        ClickHouseToken token = lexer.Next();
        for (; token.Kind is not (ClickHouseTokenKind.End or ClickHouseTokenKind.Unclosed); token = lexer.Next())
            seen |= token.Kind == ClickHouseTokenKind.Word && text.AsSpan(token.Start, token.End - token.Start).SequenceEqual("marker_word"u8);
        return (seen, token.Kind == ClickHouseTokenKind.Unclosed);
    }
}
