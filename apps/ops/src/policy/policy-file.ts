import { POLICY_DOCUMENT_BYTES_MAX, readPolicyDocument } from '@retention/contracts';
import type { PolicyDocument, PolicyFault } from '@retention/contracts';
import type { Policy } from '@retention/customer';
import { openSource } from '@retention/ingestion';
import { isUtf8 } from 'node:buffer';
import { OpsFailure } from '../terminal/failure.js';
import type { Output } from '../terminal/output.js';
import { printable } from '../terminal/text.js';

/**
 * The policy of a document, or of standard input for `-`. What is wrong with it is the result of the command then.
 * @throws FileDoorError when it cannot be read; OpsFailure when it is no policy, after its faults were said.
 */
export async function readPolicyFile(path: string, output: Output): Promise<Policy> {
  const document = documentOf(await bytesOf(path));
  if (document.kind === 'policy') return document.policy;
  const { faults } = document;
  const name = nameOf(path);
  await output.result({ file: path, isValid: false, faults }, () => faults.map((fault) => describeFault(fault, name)));
  throw new OpsFailure(`${name} has ${faults.length === 1 ? 'a fault' : `${faults.length} faults`}.`);
}

/** What a person calls the file. */
export function nameOf(path: string): string {
  return path === '-' ? 'standard input' : printable(path);
}

function documentOf(bytes: Buffer): PolicyDocument {
  if (bytes.length > POLICY_DOCUMENT_BYTES_MAX || isUtf8(bytes)) return readPolicyDocument(bytes.toString('utf8'));
  return { kind: 'faults', faults: [{ path: '', reason: 'is not UTF-8' }] };
}

/** The bytes, or the first of them when they are more than any document has. */
async function bytesOf(path: string): Promise<Buffer> {
  const source = await openSource(path);
  try {
    const chunks: Buffer[] = [];
    let length = 0;
    for await (const chunk of source.chunks) {
      chunks.push(chunk);
      length += chunk.length;
      if (length > POLICY_DOCUMENT_BYTES_MAX) break;
    }
    return Buffer.concat(chunks);
  } finally {
    source.close();
  }
}

/** A fault of the document as a whole has the name of the file for a path. */
function describeFault({ path, reason }: PolicyFault, file: string): string {
  return printable(`${path === '' ? file : path}: ${reason}`);
}
