namespace StreamDeploy.Connectors.Embedded;

/// <summary>What a piece of SQL text is, as far as telling statements apart needs it.</summary>
internal enum ClickHouseTokenKind { End, Word, Quoted, Symbol, Unclosed }

/// <summary>A token and where it lies in the text, in bytes.</summary>
internal readonly record struct ClickHouseToken(ClickHouseTokenKind Kind, int Start, int End);

/// <summary>Walks over SQL as ClickHouse's own lexer does: comments and blanks are skipped, strings are one token.</summary>
/// <remarks>
/// It works on bytes, because what follows an INSERT's FORMAT may be any bytes at all, and lazily, so that it never reads into them.
/// Where it disagreed with the engine a statement could hide behind a string, so a test compares both on the awkward cases:
/// nested comments, doubled and escaped quotes, here-documents, typographic quotes.
/// </remarks>
internal ref struct ClickHouseLexer(ReadOnlySpan<byte> text)
{
    private readonly ReadOnlySpan<byte> _text = text;

    public int Position { get; private set; }

    public ClickHouseToken Next()
    {
        if (!SkipBlanksAndComments(out int unclosed))
            return new(ClickHouseTokenKind.Unclosed, unclosed, _text.Length);
        int start = Position;
        if (start >= _text.Length)
            return new(ClickHouseTokenKind.End, start, start);
        ReadOnlySpan<byte> rest = _text[start..];
        byte first = rest[0];
        if (first is (byte)'\'' or (byte)'"' or (byte)'`')
            return Quoted(start, AfterQuote(rest, first));
        if (rest.StartsWith("‘"u8))
            return Quoted(start, AfterClosing(rest, "’"u8));
        if (rest.StartsWith("“"u8))
            return Quoted(start, AfterClosing(rest, "”"u8));
        if (first == '$' && AfterHereDocument(rest) is > 0 and int length)
            return Quoted(start, length);
        // One that no name follows stands alone: in $$a$…$a$ the here-document begins at the second.
        if (first == '$' && (rest.Length == 1 || rest[1] == '$' || !IsWord(rest[1])))
        {
            Position = start + 1;
            return new(ClickHouseTokenKind.Symbol, start, Position);
        }
        if (rest.Length > 2 && rest[1] == '\'' && (first | 0x20) is 'x' or 'b')
            return Quoted(start, AfterDigits(rest, (first | 0x20) == 'x'));
        // A dollar sign belongs to a name but not to a number: 1$a$ is the number 1 and the start of a here-document.
        bool number = char.IsAsciiDigit((char)first);
        int word = 0;
        while (word < rest.Length && IsWord(rest[word]) && !(number && rest[word] == '$'))
            word++;
        Position = start + Math.Max(1, word);
        return new(word > 0 ? ClickHouseTokenKind.Word : ClickHouseTokenKind.Symbol, start, Position);
    }

    private ClickHouseToken Quoted(int start, int length)
    {
        Position = length < 0 ? _text.Length : start + length;
        return new(length < 0 ? ClickHouseTokenKind.Unclosed : ClickHouseTokenKind.Quoted, start, Position);
    }

    /// <summary>The length of a quoted token with its quotes, or -1 where it is not closed.</summary>
    private static int AfterQuote(ReadOnlySpan<byte> rest, byte quote)
    {
        for (int i = 1; i < rest.Length; i++)
        {
            if (rest[i] == '\\')
                i++;
            else if (rest[i] == quote && i + 1 < rest.Length && rest[i + 1] == quote)
                i++;
            else if (rest[i] == quote)
                return i + 1;
        }
        return -1;
    }

    /// <summary>x'41' or b'01'; anything but digits before the closing quote makes it unclosed to the engine.</summary>
    private static int AfterDigits(ReadOnlySpan<byte> rest, bool hex)
    {
        int at = 2;
        while (at < rest.Length && (hex ? char.IsAsciiHexDigit((char)rest[at]) : rest[at] is (byte)'0' or (byte)'1'))
            at++;
        return at < rest.Length && rest[at] == '\'' ? at + 1 : -1;
    }

    private static int AfterClosing(ReadOnlySpan<byte> rest, ReadOnlySpan<byte> closing)
    {
        int at = rest[3..].IndexOf(closing);
        return at < 0 ? -1 : at + 3 + closing.Length;
    }

    /// <summary>$name$ … $name$; 0 where it is only a dollar sign.</summary>
    private static int AfterHereDocument(ReadOnlySpan<byte> rest)
    {
        int nameEnd = rest[1..].IndexOf((byte)'$') + 1;
        if (nameEnd <= 0 || rest[1..nameEnd].ContainsAnyExcept(HereDocumentName))
            return 0;
        ReadOnlySpan<byte> mark = rest[..(nameEnd + 1)];
        int closing = rest[mark.Length..].IndexOf(mark);
        return closing < 0 ? 0 : closing + (2 * mark.Length);
    }

    private static readonly System.Buffers.SearchValues<byte> HereDocumentName =
        System.Buffers.SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_"u8);

    private static bool IsWord(byte b) => char.IsAsciiLetterOrDigit((char)b) || b is (byte)'_' or (byte)'$';

    private bool SkipBlanksAndComments(out int unclosed)
    {
        unclosed = -1;
        while (Position < _text.Length)
        {
            ReadOnlySpan<byte> rest = _text[Position..];
            int blank = BlankLength(rest);
            if (blank > 0)
                Position += blank;
            else if (rest.StartsWith("--"u8) || rest.StartsWith("//"u8) || rest.StartsWith("# "u8) || rest.StartsWith("#!"u8))
                Position += rest.IndexOf((byte)'\n') is >= 0 and int line ? line : rest.Length;
            else if (rest.StartsWith("/*"u8))
            {
                int length = CommentLength(rest);
                if (length < 0)
                {
                    unclosed = Position;
                    return false;
                }
                Position += length;
            }
            else
            {
                return true;
            }
        }
        return true;
    }

    /// <summary>Blanks of ASCII, and those a word processor leaves behind (no-break space, U+2000 to U+200B, U+3000, byte order mark).</summary>
    private static int BlankLength(ReadOnlySpan<byte> rest)
    {
        if (rest[0] is (byte)' ' or (>= 9 and <= 13))
            return 1;
        if (rest.StartsWith("\u00a0"u8))
            return 2;
        if (rest.Length >= 3 && rest[0] == 0xE2 && rest[1] == 0x80 && rest[2] is (>= 0x80 and <= 0x8B) or 0xAF)
            return 3;
        return rest.StartsWith("\u3000"u8) || rest.StartsWith("\ufeff"u8) ? 3 : 0;
    }

    private static int CommentLength(ReadOnlySpan<byte> rest)
    {
        int depth = 0;
        for (int i = 0; i + 1 < rest.Length; i++)
        {
            if (rest[i] == '/' && rest[i + 1] == '*')
            {
                depth++;
                i++;
            }
            else if (rest[i] == '*' && rest[i + 1] == '/')
            {
                i++;
                if (--depth == 0)
                    return i + 1;
            }
        }
        return -1;
    }
}
