/** A command line with a button that copies it. */

import { useState } from 'preact/hooks';
import { strings } from '../strings';
import { explainCopy } from './copy';
import { Check, Copy } from './icons';

export function CopyLine({ text }: { text: string }) {
  const [copied, setCopied] = useState(false);
  const copy = async () => {
    if (!(await explainCopy(text))) return;
    setCopied(true);
    setTimeout(() => setCopied(false), 2_000);
  };
  return (
    <div class="copy-line">
      <code>
        <span aria-hidden="true">$ </span>
        {text}
      </code>
      <button type="button" class="button" data-testid="copy-command" onClick={() => void copy()}>
        {copied ? <Check /> : <Copy />}
        <span aria-live="polite">{copied ? strings.pages.copied : strings.pages.copy}</span>
      </button>
    </div>
  );
}
